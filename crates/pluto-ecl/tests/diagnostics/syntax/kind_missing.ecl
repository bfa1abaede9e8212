policy guard {
  allow
}

policy guard_two (a: int) {
  allow
}
