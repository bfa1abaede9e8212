policy p on custom {
  require approval != null
}
