test no_title for p {
  given amount == 6
  given receiver is known
  expect deny
  given x = 1
}

test "no outcome" for p {
  given subject has credential kyc
}
