// Field tables: the set of a rule.
#include <limits>

#include "config/fields.hpp"
#include "config/policy_values.hpp"

namespace pipit::config {
namespace {

using policy::ActionOptions;
using policy::AsPathChange;
using policy::CommunityChange;
using policy::MedChange;
using policy::NextHopChange;
using policy::Prepend;

Type<MedChange> med_change() {
  using Kind = MedChange::Kind;
  return scalar<MedChange>(
      "a number, +N, -N or igp", Value(Value::Map{{"type", Value::List{"string", "integer"}}}),
      [](const std::string& text) -> Parsed<MedChange> {
        if (text == "igp") {
          return MedChange{.value = 0, .kind = Kind::Igp};
        }
        const Kind kind = text.starts_with('+')   ? Kind::Add
                          : text.starts_with('-') ? Kind::Subtract
                                                  : Kind::Set;
        const auto digits = std::string_view(text).substr(kind == Kind::Set ? 0 : 1);
        const auto value = parse_number(digits, 0, net::NumberRange::kHighest);
        if (!value) {
          return Refused("");
        }
        return MedChange{.value = static_cast<std::uint32_t>(*value), .kind = kind};
      },
      [](const MedChange& med) -> Value {
        switch (med.kind) {
          case Kind::Set:
            return med.value;
          case Kind::Add:
            return fmt::format("+{}", med.value);
          case Kind::Subtract:
            return fmt::format("-{}", med.value);
          case Kind::Igp:
            return "igp";
        }
        return {};
      });
}

Type<CommunityChange> community_change() {
  using Change = CommunityChange;
  const Type<policy::CommunityList> list = community_values();
  Type<policy::CommunityList> replace = list;
  replace.write = [write = list.write](const policy::CommunityList& communities) {
    Value value = write(communities);
    return value.is_null() ? Value(Value::List{}) : value;
  };
  return optional_section<Change>(
      "a mapping with replace, remove, keep and add",
      {field<Change>("replace", &Change::replace, replace,
                     "Takes out all communities there are and puts in these; an empty list takes "
                     "out all"),
       field<Change>("remove", &Change::remove, community_query(),
                     "Takes out these communities and the members of these community sets, before "
                     "anything is added"),
       field<Change>("keep", &Change::keep, community_query(),
                     "Takes out all communities but these and the members of these sets, before "
                     "anything is added"),
       field<Change>("add", &Change::add, list, "Puts in these communities")});
}

/// An AS number, or neighbor-as.
Field<Prepend> prepended_as() {
  const Type<std::uint32_t> number = asn();
  const ShapeRef word = std::make_shared<const Shape>(
      Shape{.expected = "neighbor-as", .schema = words_schema({"neighbor-as"})});
  return custom_field<Prepend>(
             "asn", "The AS number; neighbor-as is that of the neighbor whose policy it is",
             either({number.shape, word}),
             [number](Reader& reader, const Node& node, Prepend& value) {
               if (node.kind == Node::Kind::Scalar && node.text == "neighbor-as") {
                 value.neighbor = true;
               } else {
                 number.read(reader, node, value.asn.emplace());
               }
             },
             [number](const Prepend& value) {
               return value.neighbor ? Value("neighbor-as")
                      : value.asn    ? number.write(*value.asn)
                                     : Value();
             })
      .otherwise("our own");
}

Type<Prepend> prepend() {
  const Type<std::uint8_t> times = number<std::uint8_t>(1, 32, "times");
  const Type<Prepend> whole = section<Prepend>(
      "a mapping with asn and times",
      {prepended_as(), field<Prepend>("times", &Prepend::times, times, "How often")});
  return {.shape = either({times.shape, whole.shape}),
          .read =
              [=](Reader& reader, const Node& node, Prepend& value) {
                if (node.kind == Node::Kind::Map) {
                  whole.read(reader, node, value);
                } else {
                  times.read(reader, node, value.times);
                }
              },
          .write =
              [=](const Prepend& value) {
                return value.asn || value.neighbor ? whole.write(value) : times.write(value.times);
              }};
}

/// `any`, or AS numbers and sets of them.
Type<policy::AsNumberQuery> replaced_as() {
  const Type<policy::AsNumberQuery> query = as_number_query();
  const ShapeRef any =
      std::make_shared<const Shape>(Shape{.expected = "any", .schema = words_schema({"any"})});
  return {.shape = either({any, query.shape}),
          .read =
              [=](Reader& reader, const Node& node, policy::AsNumberQuery& value) {
                value = {};
                if (node.kind != Node::Kind::Scalar || node.text != "any") {
                  query.read(reader, node, value);
                }
              },
          .write =
              [=](const policy::AsNumberQuery& value) {
                return value.asked() ? query.write(value) : Value("any");
              }};
}

Type<AsPathChange> as_path_change() {
  using Change = AsPathChange;
  Field<Change> remove_private =
      field<Change>("remove-private", &Change::remove_private, boolean(),
                    "Takes AS numbers for private use (RFC 6996) out, wherever they stand");
  remove_private.write = [](const Change& change) {
    return change.remove_private ? Value(true) : Value();
  };
  return optional_section<Change>(
      "a mapping with remove-private, replace and prepend",
      {std::move(remove_private),
       field<Change>("replace", &Change::replace, replaced_as(),
                     "Puts our own AS number in the place of these"),
       field<Change>("prepend", &Change::prepend, prepend(),
                     "Puts our own AS number in front that many times, or that of {asn, times}")});
}

Type<NextHopChange> next_hop_change() {
  using Kind = NextHopChange::Kind;
  const std::vector<std::pair<std::string, Kind>> words{
      {"self", Kind::Self},
      {"unchanged", Kind::Unchanged},
      {"peer", Kind::Peer},
      {"neighbor-address", Kind::NeighborAddress}};
  return scalar<NextHopChange>(
      "self, unchanged, peer, neighbor-address or an address", string_schema(),
      [words](const std::string& text) -> Parsed<NextHopChange> {
        for (const auto& [word, kind] : words) {
          if (word == text) {
            return NextHopChange{.kind = kind, .address = {}};
          }
        }
        const auto address = net::IpAddress::parse(text);
        if (!address || address->is_unspecified() || address->is_multicast() ||
            address->is_loopback()) {
          return Refused("");
        }
        return NextHopChange{.kind = Kind::Address, .address = *address};
      },
      [words](const NextHopChange& change) -> Value {
        for (const auto& [word, kind] : words) {
          if (kind == change.kind) {
            return word;
          }
        }
        return change.address.to_string();
      });
}

}  // namespace

Type<ActionOptions> action_fields() {
  using Set = ActionOptions;
  const auto any_number = number<std::uint32_t>(0, net::NumberRange::kHighest);
  return optional_section<Set>(
      "a mapping of changes",
      {field<Set>("local-preference", &Set::local_preference, any_number, "Sets LOCAL_PREF"),
       field<Set>("med", &Set::med, med_change(),
                  "Sets the MED: to a number, to more or less than it is, or to the IGP metric of "
                  "the next hop. Only a MED that policy sets is sent to another AS"),
       field<Set>("origin", &Set::origin,
                  choice<bgp::Origin>({{"igp", bgp::Origin::Igp},
                                       {"egp", bgp::Origin::Egp},
                                       {"incomplete", bgp::Origin::Incomplete}}),
                  "Sets ORIGIN"),
       field<Set>("communities", &Set::communities, community_change(),
                  "Changes communities; a list that changes comes out in ascending order. A field "
                  "may be neighbor-as, the AS number of the neighbor whose policy it is "
                  "(0:neighbor-as), and in large communities neighbor-address, its IPv4 address. "
                  "An AS number above 65535 fits no standard community: that one is then "
                  "left out, and matches nothing"),
       field<Set>("as-path", &Set::as_path, as_path_change(), "Changes the AS_PATH"),
       field<Set>(
           "next-hop", &Set::next_hop, next_hop_change(),
           "Sets the next hop: to this router in what is sent (self); as it is, whatever "
           "the neighbor's next-hop-self says (unchanged); to the neighbor that the route "
           "was learned from (peer) or whose policy it is (neighbor-address); or to an address. "
           "self and unchanged concern exports"),
       field<Set>("weight", &Set::weight, any_number,
                  "A degree of preference above LOCAL_PREF that stays in this router"),
       field<Set>("tag", &Set::tag, any_number,
                  "A number that stays in this router, for other policies to match"),
       field<Set>(
           "kernel-table", [](auto& set) -> auto& { return set.kernel.table; }, routing_table(),
           "The table that kernel.export writes the route to")
           .on_change({Effect::Kernel}),
       field<Set>(
           "kernel-metric", [](auto& set) -> auto& { return set.kernel.metric; }, kernel_metric(),
           "The metric (priority) that kernel.export writes the route with")
           .on_change({Effect::Kernel}),
       field<Set>(
           "kernel-preferred-source",
           [](auto& set) -> auto& { return set.kernel.preferred_source; }, preferred_sources(),
           "The source address of what this host sends by the route; at most one of each family, "
           "and a route takes that of its own")
           .on_change({Effect::Kernel})});
}

}  // namespace pipit::config
