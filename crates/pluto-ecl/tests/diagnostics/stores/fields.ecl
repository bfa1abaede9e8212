store profiles version 2 { name: text<64>, age: int, owner: did }

migrate profiles from 1 { full: text<128>, age: text<8>, owner: did = subject } {
  name: old.full
  age: old.age
  ownr: old.owner
}

policy p on store (key: text<8>) { require present(profiles[key]) }
