record point { x: int = 1 }
store things {
  at: point = 0
  name: text<4> = "too long"
  size: int = none
  note: option<int> = 5
  big: int = subject.balance
}

policy p on store (key: text<8> = "x") { require present(things[key]) }
