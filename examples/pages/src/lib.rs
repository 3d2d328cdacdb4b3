//! The code blocks of the README files and of `docs/`, as doc tests.

#![doc(test(attr(deny(unused_imports, unused_variables, unused_mut, unused_must_use))))]

/// One type for each page, named as its file; `tests/` holds the list against the folder.
macro_rules! pages {
    ($($name:ident = $path:literal)*) => {$(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../../", $path))]
        struct $name;
    )*};
}

pages! {
    Readme = "README.md"
    HttpReadme = "http-adapter/README.md"
    Choosing = "docs/choosing.md"
    Parts = "docs/parts.md"
    Testing = "docs/testing.md"
    Http = "docs/http.md"
    Observability = "docs/observability.md"
    Comparison = "docs/comparison.md"
    Migrating = "docs/migrating.md"
}
