store things { name: text<8> }

policy p on crossing (key: text<8>) {
  require known(subject)
  put things[key] { name: "x" }
  delete things[key]
}
