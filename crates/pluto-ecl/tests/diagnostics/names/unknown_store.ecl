store profiles { name: text<64> }

policy p on store (key: text<64>, names: list<text<8>, 4>) {
  require present(profile[key])
  require present(names[key])
  delete prfiles[key]
}
