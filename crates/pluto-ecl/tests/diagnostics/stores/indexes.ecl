store things version 0 {
  name: text<8>
  tags: option<int>
  index name
  index name
  index tags
  index nmae
}

store nothing { }

policy p on store (key: text<8>) { require present(things[key]) || present(nothing[key]) }
