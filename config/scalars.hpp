// The types of single values: numbers, durations, addresses, names, and words out of a list.
//
// Each says what it expects, how it is read out of text, how it is written, and its JSON Schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bgp/session/options.hpp"
#include "config/suggest.hpp"
#include "config/type.hpp"
#include "net/address.hpp"
#include "policy/options.hpp"

namespace pipit::config {

/// Why a text is not a value: empty when "expected ..., got ..." says all, with a comma in front to
/// be added to that, else instead of it.
using Refused = std::unexpected<std::string>;

template <typename T>
using Parsed = std::expected<T, std::string>;

/// A scalar type out of its text form.
template <typename T>
Type<T> scalar(std::string expected,
               Value schema,
               std::function<Parsed<T>(const std::string&)> parse,
               std::function<Value(const T&)> write) {
  auto shape = std::make_shared<const Shape>(Shape{.expected = expected, .schema = schema});
  return {.shape = shape,
          .read =
              [expected, parse](Reader& reader, const Node& node, T& value) {
                if (node.kind != Node::Kind::Scalar) {
                  reader.unexpected(node, expected);
                  return;
                }
                Parsed<T> parsed = parse(node.text);
                if (parsed) {
                  value = *std::move(parsed);
                } else if (parsed.error().empty() || parsed.error().front() == ',') {
                  reader.unexpected(node, expected, parsed.error());
                } else {
                  reader.error(node.mark, node.describe() + " " + parsed.error());
                }
              },
          .write = std::move(write)};
}

/// {"type": "string", more...}
Value string_schema(Value::Map more = {});

/// A number without sign, leading zeros or anything after it.
Parsed<std::uint64_t> parse_number(std::string_view text, std::uint64_t min, std::uint64_t max);

Type<bool> boolean();

/// A whole number of `what` ("routes"; may be empty).
template <typename Integer>
Type<Integer> number(std::uint64_t min, std::uint64_t max, const std::string& what = {}) {
  return scalar<Integer>(
      fmt::format("a number {}{}from {} to {}", what.empty() ? "" : "of ",
                  what.empty() ? "" : what + " ", min, max),
      Value(Value::Map{{"type", "integer"}, {"minimum", min}, {"maximum", max}}),
      [min, max](const std::string& text) -> Parsed<Integer> {
        const auto parsed = parse_number(text, min, max);
        return parsed ? Parsed<Integer>(static_cast<Integer>(*parsed)) : Refused(parsed.error());
      },
      [](const Integer& value) { return Value(value); });
}

/// A whole percentage, "80%".
Parsed<unsigned> parse_percentage(std::string_view text);

/// "30s", "5m", "2h", "1d"; a plain number means seconds. `zero`: 0 is allowed below `min` too.
Type<std::chrono::seconds> duration(std::chrono::seconds min,
                                    std::chrono::seconds max,
                                    bool zero = false);

/// The shortest form in whole units: 90s, 8m, 2h.
std::string to_text(std::chrono::seconds duration);

/// An AS number that can be somebody's: asplain or asdot.
Type<std::uint32_t> asn();
/// A number, `internal` or `external`.
Type<bgp::ExpectedAsn> expected_asn();

Type<net::IpAddress> ip_address();
/// A non-zero 32-bit identifier in the form of an IPv4 address.
Type<net::IpAddress> identifier();
/// The same, as a number in host byte order.
Type<std::uint32_t> identifier_number();
/// The address of a peer: unicast, link-local IPv6 with its interface.
Type<net::ScopedAddress> peer_address();
Type<net::Endpoint> endpoint();
Type<net::Prefix> prefix();
/// "10.0.0.0/8 ge 16 le 24"
Type<policy::PrefixRange> prefix_range();

/// Text of at most `longest` octets without control characters.
Type<std::string> text(const std::string& expected, std::size_t longest);
/// An absolute path.
Type<std::string> absolute_path(std::size_t longest);
/// The name of something that is declared elsewhere in the files.
Type<std::string> name_of(NameKind kind);

/// "one of a, b, c"
std::string one_of(const std::vector<std::string>& words);
Value words_schema(const std::vector<std::string>& words);

/// One word out of a list.
template <typename Enum>
Type<Enum> choice(std::vector<std::pair<std::string, Enum>> values) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) {
    words.push_back(word);
  }
  return scalar<Enum>(
      one_of(words), words_schema(words),
      [values, words](const std::string& text) -> Parsed<Enum> {
        for (const auto& [word, value] : values) {
          if (word == text) {
            return value;
          }
        }
        return Refused(did_you_mean(text, words));
      },
      [values](const Enum& value) -> Value {
        for (const auto& [word, candidate] : values) {
          if (candidate == value) {
            return word == "true" || word == "false" ? Value(word == "true") : Value(word);
          }
        }
        return {};
      });
}

/// A number that may also be given as a word.
template <typename Integer>
Type<Integer> number_or_word(std::vector<std::pair<std::string, Integer>> words,
                             std::uint64_t min,
                             std::uint64_t max) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) {
    names.push_back(word);
  }
  const Type<Integer> plain = number<Integer>(min, max);
  return scalar<Integer>(
      fmt::format("{} or {}", one_of(names), plain.shape->expected),
      Value(Value::Map{{"anyOf", Value::List{words_schema(names), plain.shape->schema}}}),
      [=](const std::string& text) -> Parsed<Integer> {
        for (const auto& [word, value] : words) {
          if (word == text) {
            return value;
          }
        }
        const auto value = parse_number(text, min, max);
        return value ? Parsed<Integer>(static_cast<Integer>(*value))
                     : Refused(did_you_mean(text, names));
      },
      [=](const Integer& number) -> Value {
        for (const auto& [word, value] : words) {
          if (value == number) {
            return word;
          }
        }
        return number;
      });
}

}  // namespace pipit::config
