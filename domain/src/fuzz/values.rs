//! Values with their own syntax.

use super::{any_text, for_any, nearly};
use crate::{
    moment::Zone,
    scalar::{
        Country, Email, Euro, ExternalId, FleetNumber, InterventionType, Language, MediaType, OperationCode,
        Percentage, Phone, PostalCode, SpecificObjective, WebUrl,
    },
    slug::Slug,
    text::{Brief, Name, Prose},
    time::{Date, PartialDate},
};
use proptest::{prelude::*, string::string_regex};
use regex::Regex;
use serde_json::Value;
use std::fmt::{Debug, Display};
use utoipa::PartialSchema;

/// Checks that a type accepts what it writes, and writes what its schema describes.
fn check<T>(seeds: &[&str])
where
    T: TryFrom<String, Error: Display> + Into<String> + Clone + PartialEq + Debug + PartialSchema,
{
    let schema = serde_json::to_value(T::schema()).unwrap();
    let pattern = schema["pattern"].as_str();
    let bound = |name: &str| schema[name].as_u64().map(|bound| usize::try_from(bound).unwrap());
    let (least, most) = (bound("minLength").unwrap_or(0), bound("maxLength").unwrap_or(usize::MAX));
    let written_as = pattern.map(|pattern| Regex::new(pattern).unwrap());
    for_any(inputs(&schema, seeds), |text| {
        match T::try_from(text) {
            Ok(value) => {
                let written: String = value.clone().into();
                let length = written.chars().count();
                prop_assert!((least..=most).contains(&length), "{written:?} has {length} characters");
                prop_assert!(written_as.as_ref().is_none_or(|form| form.is_match(&written)), "{written:?}");
                prop_assert_eq!(T::try_from(written).ok(), Some(value));
            }
            Err(refusal) => prop_assert!(refusal.to_string().len() > 10, "{refusal}"),
        }
        Ok(())
    });
}

/// Texts that the schema describes, texts that are nearly its examples or `seeds`, and others.
fn inputs(schema: &Value, seeds: &[&str]) -> impl Strategy<Value = String> {
    let mut seeds: Vec<String> = seeds.iter().copied().map(str::to_owned).collect();
    let examples = schema["examples"].as_array().into_iter().flatten();
    seeds.extend(examples.map(|example| example.as_str().unwrap().to_owned()));
    let pattern = schema["pattern"].as_str().unwrap_or(".*");
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    prop_oneof![any_text(), nearly(seeds), string_regex(pattern).unwrap()]
}

macro_rules! values {
    ($($test:ident $type:ident [$($seed:literal),*])+) => {
        $(
            #[test]
            fn $test() {
                check::<$type>(&[$($seed),*]);
            }
        )+
    };
}

values! {
    countries Country ["AT"]
    dates Date ["2024-02-29", "2999-12-31"]
    emails Email ["a@b.c"]
    amounts Euro ["0", "9999999999999.99"]
    external_ids ExternalId ["."]
    numbers_of_vessels FleetNumber []
    types_of_intervention InterventionType ["028bis"]
    languages Language []
    media_types MediaType ["image/svg+xml"]
    codes_of_operations OperationCode ["a b"]
    partial_dates PartialDate ["2024-02", "1000"]
    percentages Percentage ["100", "099.9"]
    phones Phone ["110"]
    postal_codes PostalCode ["A 1"]
    objectives SpecificObjective ["2.1"]
    slugs Slug ["facets"]
    time_zones Zone ["UTC", "Etc/GMT+1"]
    web_addresses WebUrl ["http://a", "https://ü.de?a", "https://x.de/../[b]#c", "https://[::1]:443", "http://1.2.3.4"]
    names Name ["a < b"]
    summaries Brief [" a "]
    descriptions Prose ["a\n\nb"]
}
