policy p on custom {
  return a > 1
}
