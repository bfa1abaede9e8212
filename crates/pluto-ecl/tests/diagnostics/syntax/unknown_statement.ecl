policy p on custom {
  requier a
  assert b
  reject "no"
  frobnicate the thing
  true
}
