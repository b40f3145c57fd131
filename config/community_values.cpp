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
constexpr const char* kPattern =
    "a community such as 64512:100, 64512:1:2, rt:64512:7 or no-export, or a range such as "
    "64512:1-99 or 64512:100:*";

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
    if (!parse_field(fields[i], highest, pattern.fields[i])) {
      return false;
    }
  }
  list.patterns.push_back(pattern);
  return true;
}

void read_one(Reader& reader, const Node& node, bool patterns, CommunityList& list) {
  const bool scalar = node.kind == Node::Kind::Scalar;
  if (scalar && (add_community(node.text, list) || (patterns && add_pattern(node.text, list)))) {
    return;
  }
  CommunityList range;
  const bool is_range = scalar && !patterns && add_pattern(node.text, range);
  reader.unexpected(node, patterns ? kPattern : kCommunity,
                    is_range ? " (a range can be matched and removed, not set)" : "");
}

Type<CommunityList> communities(bool patterns) {
  const ShapeRef one = std::make_shared<const Shape>(
      Shape{.expected = patterns ? kPattern : kCommunity,
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
  return communities(false);
}

Type<CommunityList> community_patterns() {
  return communities(true);
}

}  // namespace pipit::config
