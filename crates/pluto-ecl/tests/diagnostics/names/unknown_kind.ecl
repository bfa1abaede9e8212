policy p on transactions (a: int) {
  require a > 0
}

policy q on payment { allow }
