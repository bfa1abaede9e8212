policy p on custom (a: int) {
  let nothing = none
  emit seen { what: none }
  require a > 0
}
