policy p on custom {
  require a, "not closed
  allow
}
