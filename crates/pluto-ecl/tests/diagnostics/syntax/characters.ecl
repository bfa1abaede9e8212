# not a comment
policy p on custom {
  require a ≤ b && c === d
  require a @ b
  allow
}
