// SPDX-License-Identifier: GPL-2.0 OR MIT
//! wordcount - Count lines, words and bytes of all files beneath a directory
//!
//!     $ ./wordcount.cloudabi 3</etc
//!     $ ./wordcount.cloudabi hostname ssh ../proc/version 3</etc
//!
//! or from a configuration, in which only the directory and the output are required:
//!
//!     $ cloudabi-run wordcount.cloudabi <<END
//!     %TAG ! tag:nuxi.nl,2015:cloudabi/
//!     ---
//!     directory: !file {path: /etc, rights: read-only}
//!     output: !fd stdout
//!     errors: !fd stderr
//!     names: [hostname, ssh]
//!     threads: 4
//!     END
//!
//! A name may be that of a directory. A name cannot lead out of the given directory: the third
//! name of the first example fails with ENOTCAPABLE.

#![no_std]

use cloudabi::{errno, exitcode, fd as Fd, filetype, oflags, rights};
use core::fmt::{self, Write};
use core::ops::AddAssign;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use runtime::argdata::{Fields, Value};
use runtime::descriptor::{both, open, read, Descriptor, Open};
use runtime::directory::Entries;
use runtime::memory::List;
use runtime::text::{Errno, Name, Writer};
use runtime::{complain, thread, Result, Start};

const MAX_FILES: usize = 1 << 16;
const MAX_NAME_BYTES: usize = 1 << 22;
const MAX_DEPTH: usize = 128;

/// The settings of the program.
struct Given {
    dir: Fd,
    output: Fd,
    threads: usize,
    names: Names,
}

/// The names of the files to count; all files if there are none.
enum Names {
    Strings(&'static [u8]),
    Values(Fields<'static>),
}

/// Parses the argument data. Returns an error message if they are invalid.
fn parse(start: &Start) -> core::result::Result<Given, &'static str> {
    let config = Value::new(start.argdata);
    let get = |name| {
        config
            .find(name)
            .map_err(|_| "the argument data are broken")
    };

    // Strings, from a shell: only names.
    if config.map().is_none() {
        let strings = match start.argdata.iter().position(|&byte| byte == 0) {
            Some(end) => &start.argdata[end + 1..],
            None => &[],
        };
        let names = Names::Strings(strings);
        runtime::set_errors(Fd(2));
        return Ok(Given {
            dir: Fd(3),
            output: Fd(1),
            threads: start.ncpus,
            names,
        });
    }
    if let Some(errors) = get("errors")?.and_then(Value::fd) {
        runtime::set_errors(errors);
    }
    let threads = match get("threads")? {
        Some(value) => value
            .int()
            .and_then(|n| n.try_into().ok())
            .ok_or("threads: no number")?,
        None => start.ncpus,
    };
    let names = match get("names")? {
        Some(value) => Names::Values(value.seq().ok_or("names: no sequence")?),
        None => Names::Strings(&[]),
    };
    Ok(Given {
        dir: get("directory")?
            .and_then(Value::fd)
            .ok_or("directory: no descriptor")?,
        output: get("output")?
            .and_then(Value::fd)
            .ok_or("output: no descriptor")?,
        threads,
        names,
    })
}

/// The counts of a file, or the sum of many.
#[derive(Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    bytes: u64,
}

impl Counts {
    /// Adds the counts of a file.
    fn add(&mut self, file: Fd) -> Result<()> {
        let mut buf = [0; 16384];
        let mut in_word = false;

        loop {
            let len = read(file, &mut buf)?;

            if len == 0 {
                return Ok(());
            }
            self.bytes += len as u64;
            for &byte in &buf[..len] {
                let space = byte.is_ascii_whitespace() || byte == b'\x0b';

                self.lines += u64::from(byte == b'\n');
                self.words += u64::from(!space && !in_word);
                in_word = !space;
            }
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:7} {:7} {:9}", self.lines, self.words, self.bytes)
    }
}

/// A file. The thread that counts it stores the result here, for the main thread.
struct File {
    /// The range of its path in `Files::names`.
    start: usize,
    end: usize,
    /// Whether to follow a symlink: only if the user has named the file.
    follow: bool,
    lines: AtomicU64,
    words: AtomicU64,
    bytes: AtomicU64,
    counted: AtomicBool,
}

impl File {
    fn set(&self, counts: &Counts) {
        self.lines.store(counts.lines, Ordering::Relaxed);
        self.words.store(counts.words, Ordering::Relaxed);
        self.bytes.store(counts.bytes, Ordering::Relaxed);
        self.counted.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> Option<Counts> {
        self.counted.load(Ordering::Relaxed).then(|| Counts {
            lines: self.lines.load(Ordering::Relaxed),
            words: self.words.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        })
    }
}

/// All files to count.
struct Files {
    dir: Fd,
    failed: AtomicBool,
    files: List<File>,
    names: List<u8>,
    /// Index of the next file to count.
    next: AtomicUsize,
}

impl Files {
    fn new(given: &Given) -> Result<Self> {
        Ok(Files {
            dir: given.dir,
            failed: AtomicBool::new(false),
            files: List::new(MAX_FILES)?,
            names: List::new(MAX_NAME_BYTES)?,
            next: AtomicUsize::new(0),
        })
    }

    fn complain(&self, name: &[u8], error: errno) {
        self.failed.store(true, Ordering::Relaxed);
        complain(format_args!(
            "wordcount: {}: {}\n",
            Name(name),
            Errno(error)
        ));
    }

    fn add(&mut self, path: &[u8], follow: bool) -> Result<()> {
        let start = self.names.len();

        path.iter().try_for_each(|&byte| self.names.push(byte))?;
        self.files.push(File {
            start,
            end: self.names.len(),
            follow,
            lines: AtomicU64::new(0),
            words: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            counted: AtomicBool::new(false),
        })
    }

    fn path(&self, file: &File) -> &[u8] {
        &self.names[file.start..file.end]
    }

    /// Adds a file or a directory that the user has named.
    fn add_named(&mut self, name: &[u8]) {
        let mut path = Path::new();
        let result = match open_dir(self.dir, name, true) {
            Ok(dir) => path
                .push(name)
                .and_then(|_| self.walk(dir.fd(), &mut path, 0)),
            Err(errno::NOTDIR) => self.add(name, true),
            Err(error) => Err(error),
        };

        if let Err(error) = result {
            self.complain(name, error);
        }
    }

    /// Adds the files of a directory. Errors in subdirectories are printed there.
    fn walk(&mut self, dir: Fd, path: &mut Path, depth: usize) -> Result<()> {
        let mut entries = Entries::new(dir);

        if depth == MAX_DEPTH {
            return Err(errno::LOOP);
        }
        while let Some(entry) = entries.next_entry()? {
            let len = path.push(entry.name)?;
            let result = match entry.filetype {
                filetype::DIRECTORY => open_dir(dir, entry.name, false)
                    .and_then(|child| self.walk(child.fd(), path, depth + 1)),
                filetype::REGULAR_FILE => self.add(path.bytes(), false),
                _ => Ok(()),
            };

            if let Err(error) = result {
                self.complain(path.bytes(), error);
            }
            path.len = len;
        }
        Ok(())
    }

    /// Counts files until none is left. Each thread runs this.
    fn count(&self) {
        while let Some(file) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let path = self.path(file);
            let mut counts = Counts::default();
            let result = open(
                self.dir,
                path,
                &Open {
                    follow: file.follow,
                    oflags: oflags::from_bits_truncate(0),
                    base: rights::FD_READ,
                    inheriting: rights::from_bits_truncate(0),
                },
            );

            match result.and_then(|opened| counts.add(opened.fd())) {
                Ok(()) => file.set(&counts),
                Err(error) => self.complain(path, error),
            }
        }
    }

    /// Prints a line for each file, sorted by name, and one for the total.
    fn print(&mut self, output: Fd) -> Result<()> {
        let mut out = Writer::new(output);
        let mut total = Counts::default();
        let names = &self.names;

        self.files
            .sort_unstable_by(|a, b| names[a.start..a.end].cmp(&names[b.start..b.end]));
        for file in self.files.iter() {
            if let Some(counts) = file.get() {
                // finish() returns the first error of the writer.
                let _ = writeln!(out, "{} {}", counts, Name(self.path(file)));
                total += counts;
            }
        }
        let _ = writeln!(out, "{} total", total);
        out.finish()
    }
}

/// The path of the current directory of a walk.
struct Path {
    bytes: [u8; 4096],
    len: usize,
}

impl Path {
    fn new() -> Self {
        Path {
            bytes: [0; 4096],
            len: 0,
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends a component, and returns the previous length, to remove it again.
    fn push(&mut self, name: &[u8]) -> Result<usize> {
        let before = self.len;
        let start = before + usize::from(before > 0 && self.bytes[before - 1] != b'/');
        let end = start + name.len();
        let room = self.bytes.get_mut(before..end).ok_or(errno::NAMETOOLONG)?;

        room[0] = b'/';
        room[start - before..].copy_from_slice(name);
        self.len = end;
        Ok(before)
    }
}

/// Opens a directory with only the rights that a walk needs.
fn open_dir(dir: Fd, path: &[u8], follow: bool) -> Result<Descriptor> {
    let walk = both(rights::FILE_OPEN, rights::FILE_READDIR);

    open(
        dir,
        path,
        &Open {
            follow,
            oflags: oflags::DIRECTORY,
            base: walk,
            inheriting: walk,
        },
    )
}

fn add_all(files: &mut Files, names: Names) -> core::result::Result<(), &'static str> {
    match names {
        Names::Strings(&[]) => {
            let dir = files.dir;

            if let Err(error) = files.walk(dir, &mut Path::new(), 0) {
                files.complain(b"directory", error);
            }
        }
        Names::Strings(strings) => {
            strings
                .split(|&byte| byte == 0)
                .for_each(|name| files.add_named(name));
        }
        Names::Values(values) => {
            for value in values {
                let name = value.ok().and_then(Value::str).ok_or("names: no string")?;

                files.add_named(name.as_bytes());
            }
        }
    }
    Ok(())
}

fn fail(what: &dyn fmt::Display) -> exitcode {
    complain(format_args!("wordcount: {}\n", what));
    2
}

fn main(start: &Start) -> exitcode {
    let given = match parse(start) {
        Ok(given) => given,
        Err(message) => return fail(&message),
    };
    let mut files = match Files::new(&given) {
        Ok(files) => files,
        Err(error) => return fail(&Errno(error)),
    };

    if let Err(message) = add_all(&mut files, given.names) {
        return fail(&message);
    }
    thread::run(given.threads, start.pagesz, Files::count, &files);
    if let Err(error) = files.print(given.output) {
        files.complain(b"output", error);
    }
    exitcode::from(files.failed.load(Ordering::Relaxed))
}

runtime::program!(main);
