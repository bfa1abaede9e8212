const zero = 0

policy p on custom (a: int) {
  require a / zero > 1 || 10 / zero > 1
  require 9_223_372_036_854_775_807 + 1 > a
  require sqrt(-4) > a
  require a > 10 % (5 - 5)
}
