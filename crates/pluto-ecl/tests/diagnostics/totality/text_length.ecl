store things { name: text<8> }

policy p on store (key: text<8>, name: text<16>) {
  require known(subject)
  put things[key] { name }
  put things[key] { name: "more than eight" }
}
