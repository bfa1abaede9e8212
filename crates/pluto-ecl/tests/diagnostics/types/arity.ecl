policy p on custom (a: int) {
  require min(a) > 0
  require present()
  require clamp(a, 1, 2, 3) > 0
}
