policy p on custom (a: int, t: text) {
  require maximum(a, 1) > 0
  require startswith(t, "a")
}
