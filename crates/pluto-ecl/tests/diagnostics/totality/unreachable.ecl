policy p on custom (a: int) {
  if a > 1 { allow } else { deny "small" }
  require a > 0
  emit seen { a }
}

policy q on custom {
  deny "always"
  allow
}
