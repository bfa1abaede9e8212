const limit = 1
store things { name: text<8> }

policy p on custom (amount: int, limit: int, things: int) {
  require amount > limit && things > 0
  let amount = 2
  if amount > 1 {
    const half = 1
    let half = 2
    require half > 0
  }
  require any(amount in amounts where amount > 1)
}
