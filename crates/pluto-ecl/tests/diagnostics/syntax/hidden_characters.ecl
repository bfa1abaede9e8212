policy p on custom {
  // ‮tfel ot thgir‬
  allow if a == "x‮y"
}
