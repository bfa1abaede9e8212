store things { name: text<8>, size: int, note: text<8> = "" }

policy p on store (key: text<8>) {
  require known(subject)
  put things[key] { nmae: "x" }
  cost { }
}
