#include "config/policy_values.hpp"

#include <algorithm>
#include <limits>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "policy/as_path_pattern.hpp"
#include "policy/text.hpp"

namespace pipit::config {
namespace {

using policy::AsNumberQuery;
using policy::CommunityList;
using policy::CommunityQuery;
using policy::NumberRange;
using policy::PrefixQuery;
using policy::PrefixRange;
using policy::WordQuery;

/// The values of a query: how they are told from names, read and written.
template <typename Query>
struct Literals {
  ShapeRef shape;
  std::function<bool(const std::string&)> matches;
  std::function<void(Reader&, const Node&, Query&)> read;
  std::function<void(const Query&, Value::List&)> write;
};

Value one_or_all(Value::List list) {
  if (list.empty()) {
    return {};
  }
  return list.size() == 1 ? std::move(list.front()) : Value(std::move(list));
}

/// Calls `each` for the items of a list, or for the one value that stands instead of it.
template <typename Each>
void for_each_item(Reader& reader, const Node& node, const ShapeRef& shape, const Each& each) {
  if (node.kind == Node::Kind::Scalar) {
    each(node);
  } else if (node.kind != Node::Kind::List || node.items.empty()) {
    const bool empty = node.kind == Node::Kind::List;
    reader.error(node.mark, fmt::format("expected {}, got {}", shape->expected,
                                        empty ? "an empty list" : node.describe()));
  } else {
    for (const NodeRef& item : node.items) {
      each(*item);
    }
  }
}

template <typename Query>
Type<Query> query(NameKind kind, Literals<Query> literals) {
  const ShapeRef item = either({name_of(kind).shape, literals.shape});
  const ShapeRef shape = one_or_list_shape(item);
  return {.shape = shape,
          .read =
              [=](Reader& reader, const Node& node, Query& query) {
                for_each_item(reader, node, shape, [&](const Node& one) {
                  if (one.kind != Node::Kind::Scalar || literals.matches(one.text)) {
                    literals.read(reader, one, query);
                  } else if (reader.refer(kind, one.text, one.mark)) {
                    query.sets.push_back(one.text);
                  }
                });
              },
          .write =
              [=](const Query& query) {
                Value::List list(query.sets.begin(), query.sets.end());
                literals.write(query, list);
                return one_or_all(std::move(list));
              }};
}

/// The values of a query that are kept in one list of it.
template <typename Query, typename T>
Literals<Query> literals_of(Type<T> type,
                            std::vector<T> Query::* values,
                            std::function<bool(const std::string&)> matches) {
  return {.shape = type.shape,
          .matches = std::move(matches),
          .read =
              [=](Reader& reader, const Node& node, Query& query) {
                T value{};
                type.read(reader, node, value);
                (query.*values).push_back(std::move(value));
              },
          .write =
              [=](const Query& query, Value::List& out) {
                for (const T& value : query.*values) {
                  out.push_back(type.write(value));
                }
              }};
}

Parsed<NumberRange> parse_as_range(const std::string& text) {
  const std::size_t dash = text.find('-');
  const auto low = bgp::parse_asn(text.substr(0, dash));
  const auto high = dash == std::string::npos ? low : bgp::parse_asn(text.substr(dash + 1));
  if (!low || !high) {
    return Refused("");
  }
  return *low <= *high ? Parsed<NumberRange>(NumberRange{*low, *high})
                       : Refused("ends before it begins");
}

}  // namespace

Type<NumberRange> number_range(std::uint32_t min, std::uint32_t max) {
  return scalar<NumberRange>(
      fmt::format("a number or a range such as 10-20, from {} to {}", min, max),
      Value(Value::Map{{"type", Value::List{"string", "integer"}}}),
      [min, max](const std::string& text) -> Parsed<NumberRange> {
        const std::size_t dash = text.find('-');
        const auto low = parse_number(text.substr(0, dash), min, max);
        const auto high =
            dash == std::string::npos ? low : parse_number(text.substr(dash + 1), min, max);
        if (!low || !high) {
          return Refused("");
        }
        if (*low > *high) {
          return Refused("ends before it begins");
        }
        return NumberRange{static_cast<std::uint32_t>(*low), static_cast<std::uint32_t>(*high)};
      },
      [](const NumberRange& range) {
        return range.low == range.high ? Value(range.low) : Value(policy::to_string(range));
      });
}

Type<NumberRange> as_range() {
  return scalar<NumberRange>(
      "an AS number or a range such as 64512-65534",
      Value(Value::Map{{"type", Value::List{"string", "integer", "number"}}}), parse_as_range,
      [](const NumberRange& range) {
        return range.low == range.high ? Value(range.low) : Value(policy::to_string(range));
      });
}

Type<policy::PrefixOrigin> prefix_origin() {
  const Type<PrefixRange> range = prefix_range();
  const ShapeRef shape = std::make_shared<const Shape>(
      Shape{.expected = "an AS number and a prefix such as \"64500 192.0.2.0/24 le 28\"",
            .schema = string_schema()});
  return {.shape = shape,
          .read =
              [=](Reader& reader, const Node& node, policy::PrefixOrigin& pair) {
                const std::size_t blank = node.text.find_first_of(" \t");
                const auto asn = node.kind == Node::Kind::Scalar && blank != std::string::npos
                                     ? bgp::parse_asn(node.text.substr(0, blank))
                                     : std::nullopt;
                if (!asn) {
                  reader.unexpected(node, shape->expected);
                  return;
                }
                pair.asn = *asn;
                const std::size_t begin = node.text.find_first_not_of(" \t", blank);
                Node rest = node;
                rest.text = begin == std::string::npos ? "" : node.text.substr(begin);
                rest.mark.column += static_cast<std::uint32_t>(std::min(begin, node.text.size())) +
                                    (node.quoted ? 1 : 0);
                range.read(reader, rest, pair.range);
              },
          .write = [](const policy::PrefixOrigin& pair) { return Value(policy::to_string(pair)); }};
}

Type<std::string> as_path_pattern() {
  const ShapeRef shape = std::make_shared<const Shape>(
      Shape{.expected = "a regular expression over AS numbers such as \"^65001( 65001)*$\"",
            .schema = Value(Value::Map{{"type", Value::List{"string", "integer", "number"}}})});
  return {.shape = shape,
          .read =
              [shape](Reader& reader, const Node& node, std::string& value) {
                if (node.kind != Node::Kind::Scalar) {
                  reader.unexpected(node, shape->expected);
                  return;
                }
                const auto pattern = policy::AsPathPattern::compile(node.text);
                if (pattern) {
                  value = node.text;
                  return;
                }
                Mark at = node.mark;
                at.column +=
                    static_cast<std::uint32_t>(pattern.error().offset) + (node.quoted ? 1 : 0);
                reader.error(at, pattern.error().message);
              },
          .write = [](const std::string& text) { return Value(text); }};
}

bool looks_like_prefix(const std::string& text) {
  return text.find_first_of("/: ") != std::string::npos || net::IpAddress::parse(text).has_value();
}

bool looks_like_as_number(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

Type<PrefixQuery> prefix_query() {
  return query(NameKind::PrefixSet,
               literals_of(prefix_range(), &PrefixQuery::ranges, looks_like_prefix));
}

Type<PrefixQuery> next_hop_query() {
  Type<PrefixRange> range = prefix_range();
  auto shape = std::make_shared<Shape>(*range.shape);
  shape->expected = "an address or a prefix";
  range.shape = shape;
  range.read = [read = range.read](Reader& reader, const Node& node, PrefixRange& value) {
    const auto address =
        node.kind == Node::Kind::Scalar ? net::IpAddress::parse(node.text) : std::nullopt;
    if (address) {
      value = {net::Prefix(*address, address->bits()), address->bits(), address->bits()};
    } else {
      read(reader, node, value);
    }
  };
  return query(NameKind::PrefixSet, literals_of(range, &PrefixQuery::ranges, looks_like_prefix));
}

Type<CommunityQuery> community_query() {
  const Type<CommunityList> values = community_patterns();
  const ShapeRef one = values.shape->choices.front();
  return query(
      NameKind::CommunitySet,
      Literals<CommunityQuery>{.shape = one,
                               .matches = is_community,
                               .read =
                                   [values](Reader& reader, const Node& node, CommunityQuery& q) {
                                     if (node.kind == Node::Kind::Scalar) {
                                       values.read(reader, node, q.values);
                                     } else {
                                       reader.unexpected(node, values.shape->choices[0]->expected);
                                     }
                                   },
                               .write =
                                   [](const CommunityQuery& q, Value::List& out) {
                                     for (std::string& text : policy::texts_of(q.values)) {
                                       out.emplace_back(std::move(text));
                                     }
                                   }});
}

Type<AsNumberQuery> as_number_query() {
  return query(NameKind::AsNumberSet,
               literals_of(as_range(), &AsNumberQuery::numbers, looks_like_as_number));
}

Type<WordQuery> as_path_query() {
  return query(NameKind::AsPathSet,
               literals_of(as_path_pattern(), &WordQuery::words, looks_like_as_number));
}

Type<WordQuery> neighbor_query() {
  const Type<std::string> name = name_of(NameKind::Neighbor);
  const ShapeRef item = either({name_of(NameKind::NeighborSet).shape, name.shape});
  const ShapeRef shape = one_or_list_shape(item);
  return {.shape = shape,
          .read =
              [=](Reader& reader, const Node& node, WordQuery& query) {
                for_each_item(reader, node, shape, [&](const Node& one) {
                  if (one.kind == Node::Kind::Scalar &&
                      reader.declared(NameKind::NeighborSet, one.text)) {
                    query.sets.push_back(one.text);
                  } else {
                    name.read(reader, one, query.words.emplace_back());
                  }
                });
              },
          .write =
              [](const WordQuery& query) {
                Value::List list(query.sets.begin(), query.sets.end());
                list.insert(list.end(), query.words.begin(), query.words.end());
                return one_or_all(std::move(list));
              }};
}

}  // namespace pipit::config
