policy p on custom (f: fixed, a: int) {
  require f < 9_223_372_036_855
  cost { mana: -5 }
  require a > 0
}
