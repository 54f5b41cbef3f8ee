//! Reads what a WebAssembly module is made of: its functions with their sizes and names, and its data.

use std::collections::BTreeMap;

/// The bytes before the first section: the magic number and version 1.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;
const DATA: u8 = 11;

/// The subsection of the name section that names functions.
const FUNCTION_NAMES: u8 = 1;

/// What a module is made of.
#[derive(Debug, Default)]
pub struct Module {
    /// The functions of the code section, in order.
    pub functions: Vec<Function>,
    /// Bytes of the code section.
    pub code: u64,
    /// Bytes of the data section.
    pub data: u64,
    /// The module without custom sections: what a release build ships.
    pub stripped: Vec<u8>,
}

/// A function of the module itself.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// As in the name section; empty where that has none.
    pub name: String,
    /// Bytes of its body with the length before it.
    pub bytes: u64,
}

/// Reads a module; `None` if it is damaged or uses what is not known here.
pub fn parse(bytes: &[u8]) -> Option<Module> {
    let mut input = Input(bytes.strip_prefix(HEADER)?);
    let mut module = Module { stripped: HEADER.to_vec(), ..Module::default() };
    let (mut imported, mut sizes, mut names) = (0, Vec::new(), BTreeMap::new());
    while !input.0.is_empty() {
        let section = input.0;
        let kind = input.byte()?;
        let mut content = input.sized()?;
        let length = content.0.len() as u64;
        match kind {
            CUSTOM => {
                if content.sized()?.0 == b"name" {
                    names = function_names(content)?;
                }
                continue;
            }
            IMPORT => imported = imported_functions(content)?,
            CODE => (module.code, sizes) = (length, function_sizes(content)?),
            DATA => module.data = length,
            _ => {}
        }
        module.stripped.extend_from_slice(section.get(..section.len() - input.0.len())?);
    }
    module.functions = (imported..)
        .zip(sizes)
        .map(|(index, bytes)| Function { name: names.remove(&index).unwrap_or_default(), bytes })
        .collect();
    Some(module)
}

/// Names by function index.
fn function_names(mut section: Input) -> Option<BTreeMap<u64, String>> {
    let mut names = BTreeMap::new();
    while !section.0.is_empty() {
        let kind = section.byte()?;
        let mut content = section.sized()?;
        if kind == FUNCTION_NAMES {
            for _ in 0..content.number()? {
                let index = content.number()?;
                names.insert(index, String::from_utf8_lossy(content.sized()?.0).into_owned());
            }
        }
    }
    Some(names)
}

/// Counts the functions that are imported: their indices come first.
fn imported_functions(mut section: Input) -> Option<u64> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.sized()?;
        section.sized()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 => {
                section.byte()?;
                section.byte()?;
            }
            4 => {
                section.byte()?;
                section.number()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// Bytes of each function, lengths included.
fn function_sizes(mut section: Input) -> Option<Vec<u64>> {
    let count = section.number()?;
    let mut sizes = Vec::new();
    for _ in 0..count {
        let before = section.0.len();
        section.sized()?;
        sizes.push((before - section.0.len()) as u64);
    }
    Some(sizes)
}

/// Bytes still to be read.
struct Input<'bytes>(&'bytes [u8]);

impl<'bytes> Input<'bytes> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An unsigned number in LEB128.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A length and the bytes behind it.
    fn sized(&mut self) -> Option<Input<'bytes>> {
        let length = usize::try_from(self.number()?).ok()?;
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Input(content))
    }

    /// The smallest size of a table or memory, and the largest where there is one.
    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 != 0 {
            self.number()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(kind: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind, content.len() as u8];
        bytes.extend_from_slice(content);
        bytes
    }

    /// Imports a memory and a function, has two functions and eight bytes of data.
    fn sections() -> Vec<Vec<u8>> {
        let names = [&b"\x04name"[..], &section(1, b"\x02\x01\x01a\x02\x04b::c"), &section(2, b"\x00")].concat();
        vec![
            HEADER.to_vec(),
            section(1, b"\x01\x60\x00\x00"),
            section(IMPORT, b"\x02\x01m\x01m\x02\x01\x01\x02\x01m\x01f\x00\x00"),
            section(CODE, b"\x02\x02\x00\x0b\x03\x00\x01\x0b"),
            section(DATA, b"\x01\x01\x05hello"),
            section(CUSTOM, &names),
        ]
    }

    fn module() -> Vec<u8> {
        sections().concat()
    }

    #[test]
    fn sizes_and_names_are_read() {
        let read = parse(&module()).unwrap_or_default();
        let functions = [("a", 3), ("b::c", 4)].map(|(name, bytes)| Function { name: name.into(), bytes });
        assert_eq!(read.functions, functions);
        assert_eq!((read.code, read.data), (8, 8));
    }

    #[test]
    fn custom_sections_are_stripped() {
        let stripped = parse(&module()).map(|read| read.stripped).unwrap_or_default();
        assert!(module().starts_with(&stripped));
        let again = parse(&stripped).unwrap_or_default();
        assert_eq!(again.stripped, stripped);
        assert_eq!(again.functions.iter().map(|function| function.name.as_str()).collect::<Vec<_>>(), ["", ""]);
    }

    #[test]
    fn numbers_of_several_bytes() {
        assert_eq!(Input(&[0xe5, 0x8e, 0x26]).number(), Some(624_485));
        assert_eq!(Input(&[0x80]).number(), None);
        assert_eq!(Input(&[0x80; 11]).number(), None);
    }

    #[test]
    fn a_damaged_module_is_refused() {
        let whole = module();
        let ends = sections().into_iter().scan(0, |end, section| {
            *end += section.len();
            Some(*end)
        });
        let ends: Vec<usize> = ends.collect();
        for length in 0..whole.len() {
            let cut = whole.get(..length).unwrap_or_default();
            assert_eq!(parse(cut).is_some(), ends.contains(&length), "{length}");
        }
    }
}
