policy p on custom {
  require subject.has("x")
  require any(xs, x)
  require count(x in xs where x > 1 of x) > 2
}
