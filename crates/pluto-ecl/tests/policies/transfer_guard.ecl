policy transfer_guard on transaction (amount: int, receiver: did) {
  const kyc_above = 5_000
  require known(receiver)
  require norm(subject.trust) >= 0.6
  require norm(trust(receiver)) >= 0.4
  require amount > 0 && amount <= 10_000 && amount <= subject.balance
  if amount > kyc_above {
    require subject has credential "kyc-level-2"
  }
  emit transfer_approved { amount, receiver }
}
