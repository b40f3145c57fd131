// Field tables: the keys of a neighbor or group that decide about its routes.
#include <map>

#include "bgp/wire/attributes.hpp"
#include "config/fields.hpp"
#include "config/scalars.hpp"

namespace pipit::config {
namespace {

/// An attribute that import can take off or look for, by keyword or number.
Type<std::uint8_t> unwanted_attribute() {
  using Code = bgp::AttributeCode;
  const std::map<Code, std::string> kept{
      {Code::Origin, "no route is without it"},
      {Code::AsPath, "no route is without it"},
      {Code::NextHop, "no route is without it"},
      {Code::MpReachNlri, "it holds the routes themselves"},
      {Code::MpUnreachNlri, "it holds the routes themselves"},
      {Code::OriginatorId, "it keeps routes from going round in circles"},
      {Code::ClusterList, "it keeps routes from going round in circles"},
      {Code::As4Path, "it becomes a part of as-path"},
      {Code::As4Aggregator, "it becomes a part of aggregator"},
      {Code::Aigp, "it is always left out"}};
  std::vector<std::string> words;
  for (unsigned code = 0; code < 256; ++code) {
    const auto octet = static_cast<std::uint8_t>(code);
    if (const std::string word = bgp::attribute_keyword(octet);
        !word.empty() && !kept.contains(static_cast<Code>(octet))) {
      words.push_back(word);
    }
  }
  return scalar<std::uint8_t>(
      "the name of a path attribute, or its number from 1 to 255",
      Value(Value::Map{
          {"anyOf", Value::List{words_schema(words), number<std::uint8_t>(1, 255).shape->schema}}}),
      [kept, words](const std::string& text) -> Parsed<std::uint8_t> {
        auto code = bgp::attribute_code(text);
        if (const auto number = parse_number(text, 1, 255); !code && number) {
          code = static_cast<std::uint8_t>(*number);
        }
        if (!code) {
          return Refused(did_you_mean(text, words));
        }
        const auto found = kept.find(static_cast<Code>(*code));
        return found == kept.end() ? Parsed<std::uint8_t>(*code)
                                   : Refused("cannot stand here: " + found->second);
      },
      [](const std::uint8_t& code) {
        const std::string word = bgp::attribute_keyword(code);
        return word.empty() ? Value(code) : Value(word);
      });
}

Type<bgp::AttributeCodes> attribute_codes() {
  const Type<std::vector<std::uint8_t>> list = list_of(unwanted_attribute());
  return {.shape = list.shape,
          .read =
              [list](Reader& reader, const Node& node, bgp::AttributeCodes& codes) {
                std::vector<std::uint8_t> read;
                list.read(reader, node, read);
                codes.reset();
                for (const std::uint8_t code : read) {
                  codes.set(code);
                }
              },
          .write =
              [list](const bgp::AttributeCodes& codes) {
                std::vector<std::uint8_t> written;
                for (std::size_t code = 0; code < codes.size(); ++code) {
                  if (codes.test(code)) {
                    written.push_back(static_cast<std::uint8_t>(code));
                  }
                }
                return written.empty() ? Value() : list.write(written);
              }};
}

Type<rib::UnwantedAttributes> attribute_fields() {
  using Options = rib::UnwantedAttributes;
  return optional_section<Options>(
      "a mapping with lists of attributes",
      {field<Options>("discard", &Options::discard, attribute_codes(),
                      "Attributes that are left out before import policy; what else the route has "
                      "stays")
           .otherwise("none"),
       field<Options>("treat-as-withdraw", &Options::treat_as_withdraw, attribute_codes(),
                      "Attributes that no route may have: one that has is not accepted")
           .otherwise("none")});
}

/// What makes an announced route one that is treated as withdraw.
std::vector<Field<NeighborConfig>> acceptance_fields() {
  using Options = NeighborConfig;
  return {
      field<Options>(
          "allow-own-as", [](auto& n) -> auto& { return n.routes.allow_own_as; },
          number<std::uint8_t>(0, 255, "times"),
          "How often our own AS may stand in the AS_PATH of a route")
          .on_change({Effect::Import}),
      field<Options>(
          "enforce-first-as", [](auto& n) -> auto& { return n.routes.enforce_first_as; }, boolean(),
          "Accept of an external neighbor only routes whose AS_PATH begins with its AS (RFC 4271 "
          "section 6.3); false towards a route server, which does not put its AS in front")
          .on_change({Effect::Import}),
      field<Options>(
          "as-sets", [](auto& n) -> auto& { return n.routes.as_sets; },
          choice<rib::AsSets>({{"reject", rib::AsSets::Reject}, {"accept", rib::AsSets::Accept}}),
          "Routes with an AS_SET in AS_PATH are not accepted (RFC 9774), or are")
          .on_change({Effect::Import}),
      field<Options>(
          "attributes", [](auto& n) -> auto& { return n.routes.unwanted; }, attribute_fields(),
          "Path attributes that are not wanted from the neighbor, by name (pmsi-tunnel) or number. "
          "Non-transitive ones that this router does not know are left out in any case")
          .on_change({Effect::Import}),
  };
}

std::vector<Field<NeighborConfig>> export_and_policy_fields() {
  using Options = NeighborConfig;
  using rib::NextHopSelf;
  return {
      field<Options>(
          "route-reflector-client",
          [](auto& n) -> auto& { return n.routes.route_reflector_client; }, boolean(),
          "An internal neighbor that routes of internal neighbors are reflected to "
          "(RFC 4456)")
          .on_change({Effect::Reset}),
      field<Options>(
          "cluster-id", [](auto& n) -> auto& { return n.routes.cluster_id; }, identifier_number(),
          "The cluster that the neighbor is a client in")
          .otherwise("the cluster-id of the router")
          .on_change({Effect::Reset}),
      field<Options>(
          "next-hop-self", [](auto& n) -> auto& { return n.routes.next_hop_self; },
          choice<NextHopSelf>({{"false", NextHopSelf::Auto},
                               {"true", NextHopSelf::Self},
                               {"always", NextHopSelf::Always},
                               {"unchanged", NextHopSelf::Unchanged}}),
          "The next hop of what is sent: as RFC 4271 section 5.1.3 has it; this router "
          "for what external neighbors sent, too; this router always, for reflected "
          "routes too; or never changed")
          .on_change({Effect::Export}),
      field<Options>(
          "route-server-client", [](auto& n) -> auto& { return n.routes.route_server_client; },
          boolean(),
          "An external neighbor that this router is a route server to (RFC 7947): it gets routes "
          "of "
          "other external neighbors with AS_PATH, MULTI_EXIT_DISC and next hop as they came, and "
          "communities of other clients are passed on without being followed")
          .on_change({Effect::Reset}),
      field<Options>(
          "graceful-shutdown", [](auto& n) -> auto& { return n.routes.graceful_shutdown; },
          boolean(),
          "Give routes that an external neighbor marks with the community graceful-shutdown "
          "LOCAL_PREF 0, after import policy (RFC 8326)")
          .on_change({Effect::Import}),
      field<Options>(
          "blackhole", [](auto& n) -> auto& { return n.routes.blackhole; }, boolean(),
          "Discard what goes to prefixes that the neighbor marks with the community blackhole: "
          "kernel.export installs a blackhole route, and no-export is added (RFC 7999). The import "
          "policy says which prefixes the neighbor may ask that for")
          .on_change({Effect::Import}),
      field<Options>(
          "import", [](auto& n) -> auto& { return n.routes.import_policy; },
          one_or_list(name_of(NameKind::Policy)),
          "The policy for what comes in, or a list of them: the first that accepts or rejects "
          "decides")
          .otherwise("accept for an internal neighbor, router.default-policy for an external one")
          .on_change({Effect::Import}),
      field<Options>(
          "export", [](auto& n) -> auto& { return n.routes.export_policy; },
          one_or_list(name_of(NameKind::Policy)), "The policy for what goes out, or a list of them")
          .otherwise("accept for an internal neighbor, router.default-policy for an external one")
          .on_change({Effect::Export}),
  };
}

}  // namespace

std::vector<Field<NeighborConfig>> neighbor_route_fields() {
  std::vector<Field<NeighborConfig>> fields = acceptance_fields();
  for (const Field<NeighborConfig>& field : export_and_policy_fields()) {
    fields.push_back(field);
  }
  return fields;
}

}  // namespace pipit::config
