const limit = 10

policy p on transaction (amount: int) {
  let twice = amount * 2
  require amuont > limit
  require twice <= limt
  require kyc_level_above_all_others == 3
}
