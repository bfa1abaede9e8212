policy p on custom {
  require
  deny if a &&
  allow if (a + )
}
