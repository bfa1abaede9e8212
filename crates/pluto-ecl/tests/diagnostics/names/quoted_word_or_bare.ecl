enum color { red, green }

policy p on custom (c: color, country: symbol, t: text<8>) {
  require c == "red"
  require country == "DE"
  require t == hello
  require color == c
}
