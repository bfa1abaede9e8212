store profiles version 2 { name: text<64>, age: int = 0 }

migrate profiles from 1 { name: text<64> } { name: old.name, age: 0 }

policy p on store (key: text<8>) { require present(profiles[key]) }
