policy p on custom {
  if amount = 4 {
    deny
  }
}
