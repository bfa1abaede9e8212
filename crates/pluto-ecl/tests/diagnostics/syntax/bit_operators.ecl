policy p on custom {
  require a & b | c
}
