record order { amount: int, buyer: did }

policy p on transaction (o: order) {
  require o.amout > 0
  require o.buyer.balnce > 0
  require o.amount.size > 0
  require subject.known
}
