policy p on custom {
  require a and not b or c is d
}
