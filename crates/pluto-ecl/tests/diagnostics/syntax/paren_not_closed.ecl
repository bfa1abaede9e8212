policy p on custom {
  require max(a, (b + 1) > 2
  allow
}
