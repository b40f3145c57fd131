// Communities as values of the field table: single ones, ranges and wildcards.
#include <algorithm>
#include <limits>

#include "bgp/wire/community.hpp"
#include "config/policy_values.hpp"
#include "policy/text.hpp"

namespace pipit::config {
namespace {

using policy::CommunityList;
using policy::CommunityPattern;
using policy::NumberRange;

constexpr const char* kCommunity =
    "a community such as 64512:100, 64512:1:2, rt:64512:7 or no-export";
constexpr const char* kValue =
    "a community such as 64512:100, 64512:1:2, rt:64512:7, no-export or 0:neighbor-as";
constexpr const char* kPattern =
    "a community such as 64512:100, 64512:1:2, rt:64512:7, no-export or 0:neighbor-as, or a range "
    "such as 64512:1-99 or 64512:100:*";

/// True when the text has been understood and added.
bool add_community(const std::string& text, CommunityList& list) {
  if (const auto standard = bgp::parse_community(text)) {
    list.standard.push_back(*standard);
  } else if (const auto large = bgp::parse_large_community(text)) {
    list.large.push_back(*large);
  } else if (const auto extended = bgp::parse_extended_community(text)) {
    list.extended.push_back(*extended);
  } else {
    return false;
  }
  return true;
}

/// The value of the neighbor that a field names, if it names one.
CommunityPattern::Of named(std::string_view text) {
  using Of = CommunityPattern::Of;
  return text == "neighbor-as"        ? Of::NeighborAs
         : text == "neighbor-address" ? Of::NeighborAddress
                                      : Of::Range;
}

bool parse_field(std::string_view text, std::uint32_t highest, NumberRange& field) {
  if (text == "*") {
    field = {0, highest};
    return true;
  }
  const std::size_t dash = text.find('-');
  const auto low = parse_number(text.substr(0, dash), 0, highest);
  const auto high =
      dash == std::string_view::npos ? low : parse_number(text.substr(dash + 1), 0, highest);
  if (!low || !high || *low > *high) {
    return false;
  }
  field = {static_cast<std::uint32_t>(*low), static_cast<std::uint32_t>(*high)};
  return true;
}

bool add_pattern(std::string_view text, CommunityList& list) {
  using Kind = CommunityPattern::Kind;
  constexpr std::uint32_t kHighest = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(':', begin), text.size());
    fields.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  CommunityPattern pattern{.kind = fields.size() == 2 ? Kind::Standard : Kind::Large};
  if (fields.size() == 3 && (fields[0] == "rt" || fields[0] == "soo")) {
    pattern.kind = fields[0] == "rt" ? Kind::RouteTarget : Kind::SiteOfOrigin;
    fields.erase(fields.begin());
  }
  const std::size_t wanted = pattern.kind == Kind::Large ? 3 : 2;
  const std::uint32_t highest = pattern.kind == Kind::Standard ? 0xffff : kHighest;
  if (fields.size() != wanted) {
    return false;
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    pattern.of[i] = named(fields[i]);
    // An address has 32 bits, and an extended community with one is of a kind that is not made
    // here.
    if (pattern.of[i] == CommunityPattern::Of::NeighborAddress && pattern.kind != Kind::Large) {
      return false;
    }
    if (pattern.of[i] == CommunityPattern::Of::Range &&
        !parse_field(fields[i], highest, pattern.fields[i])) {
      return false;
    }
  }
  list.patterns.push_back(pattern);
  return true;
}

/// What may stand in a list of communities.
enum class Allowed : std::uint8_t { Plain, Values, Patterns };

const char* expected(Allowed allowed) {
  return allowed == Allowed::Patterns ? kPattern : allowed == Allowed::Values ? kValue : kCommunity;
}

/// True for "0:neighbor-as": one community for each neighbor.
bool single(const CommunityPattern& pattern) {
  bool of_neighbor = false;
  for (std::size_t i = 0; i < pattern.fields.size(); ++i) {
    of_neighbor = of_neighbor || pattern.of[i] != CommunityPattern::Of::Range;
    if (pattern.fields[i].low != pattern.fields[i].high) {
      return false;
    }
  }
  return of_neighbor;
}

void read_one(Reader& reader, const Node& node, Allowed allowed, CommunityList& list) {
  const bool scalar = node.kind == Node::Kind::Scalar;
  if (scalar && add_community(node.text, list)) {
    return;
  }
  CommunityList pattern;
  const bool is_pattern = scalar && add_pattern(node.text, pattern);
  const bool one = is_pattern && single(pattern.patterns.front());
  if (is_pattern && (allowed == Allowed::Patterns || (allowed == Allowed::Values && one))) {
    list.patterns.push_back(pattern.patterns.front());
    return;
  }
  reader.unexpected(node, expected(allowed),
                    one          ? " (only a policy knows a neighbor)"
                    : is_pattern ? " (a range can be matched and removed, not set)"
                                 : "");
}

Type<CommunityList> communities(Allowed patterns) {
  const ShapeRef one = std::make_shared<const Shape>(
      Shape{.expected = expected(patterns),
            .schema = Value(Value::Map{{"type", Value::List{"string", "integer"}}})});
  const ShapeRef shape = one_or_list_shape(one);
  return {.shape = shape,
          .read =
              [patterns, shape](Reader& reader, const Node& node, CommunityList& list) {
                if (node.kind == Node::Kind::Scalar) {
                  read_one(reader, node, patterns, list);
                } else if (node.kind != Node::Kind::List) {
                  reader.unexpected(node, shape->expected);
                } else {
                  for (const NodeRef& item : node.items) {
                    read_one(reader, *item, patterns, list);
                  }
                }
              },
          .write =
              [](const CommunityList& list) {
                Value::List out;
                for (std::string& text : policy::texts_of(list)) {
                  out.emplace_back(std::move(text));
                }
                return out.empty() ? Value() : Value(std::move(out));
              }};
}

}  // namespace

bool is_community(const std::string& text) {
  CommunityList list;
  return text.find(':') != std::string::npos || add_community(text, list);
}

Type<CommunityList> community_list() {
  return communities(Allowed::Plain);
}

Type<CommunityList> community_values() {
  return communities(Allowed::Values);
}

Type<CommunityList> community_patterns() {
  return communities(Allowed::Patterns);
}

}  // namespace pipit::config
