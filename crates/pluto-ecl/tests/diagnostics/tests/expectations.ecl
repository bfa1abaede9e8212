policy p on custom (n: int) {
  require n > 0, "not positive"
  require n < 9
}

test "a slip in the reason" for p {
  given n = 0
  expect deny "not positve"
}

test "no such fault" for p {
  given n = 0
  expect fault overfow
}

test "a slip in the reason" for p {
  given n = 0
  expect deny
}
