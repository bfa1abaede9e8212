enum color { red, green, red }
enum color { blue }
record pair { a: int, a: int }
const limit = 1
const limit = 2
store things { name: text<8>, name: text<8> }
store things { name: text<8> }

policy p on custom (x: int, x: int) {
  require x > limit
}

policy p on custom { allow }
