// Field tables: tests of policies.
#include <limits>

#include "bgp/wire/as_path.hpp"
#include "config/fields.hpp"
#include "config/policy_values.hpp"

namespace pipit::config {
namespace {

Type<std::string> as_path_text() {
  return scalar<std::string>(
      "an AS_PATH such as \"65001 65002 {65003,65004}\"",
      Value(Value::Map{{"type", Value::List{"string", "integer"}}}),
      [](const std::string& text) -> Parsed<std::string> {
        return bgp::parse_as_path(text) ? Parsed<std::string>(text) : Refused("");
      },
      [](const std::string& text) { return Value(text); });
}

Type<std::string> next_hop_text(bool or_self) {
  return scalar<std::string>(
      or_self ? "an address or self" : "an address", string_schema(),
      [or_self](const std::string& text) -> Parsed<std::string> {
        const bool good = (or_self && text == "self") || net::IpAddress::parse(text);
        return good ? Parsed<std::string>(text) : Refused("");
      },
      [](const std::string& text) { return Value(text); });
}

Type<policy::CommunityList> all_communities() {
  Type<policy::CommunityList> list = community_list();
  list.write = [write = list.write](const policy::CommunityList& communities) {
    Value value = write(communities);
    return value.is_null() ? Value(Value::List{}) : value;
  };
  return list;
}

/// The keys of attributes in an Owner that holds TestAttributes.
template <typename Owner>
void add_attributes(std::vector<Field<Owner>>& fields, bool expected) {
  const auto number_ = number<std::uint32_t>(0, net::NumberRange::kHighest);
  const auto add = [&](const char* key, auto member, auto type, const char* help) {
    fields.push_back(field<Owner>(
        key, [member](auto& owner) -> auto& { return owner.attributes.*member; }, type, help));
  };
  using A = TestAttributes;
  add("local-preference", &A::local_preference, number_, "LOCAL_PREF");
  add("med", &A::med, number_, "The MED");
  add("origin", &A::origin,
      choice<bgp::Origin>({{"igp", bgp::Origin::Igp},
                           {"egp", bgp::Origin::Egp},
                           {"incomplete", bgp::Origin::Incomplete}}),
      "ORIGIN");
  add("as-path", &A::as_path, as_path_text(), "The AS_PATH; \"\" is an empty one");
  add("communities", &A::communities, all_communities(), "All communities, in any order");
  add("next-hop", &A::next_hop, next_hop_text(expected), "The next hop");
  add("weight", &A::weight, number_, "The weight");
  add("tag", &A::tag, number_, "The tag");
}

Type<TestRoute> route_fields() {
  using policy::SourceKind;
  std::vector<Field<TestRoute>> fields;
  fields.push_back(
      field<TestRoute>("prefix", &TestRoute::prefix, prefix(), "The prefix").required());
  fields.push_back(field<TestRoute>("source", &TestRoute::source,
                                    choice<SourceKind>({{"bgp", SourceKind::Bgp},
                                                        {"kernel", SourceKind::Kernel},
                                                        {"connected", SourceKind::Connected},
                                                        {"originate", SourceKind::Originate}}),
                                    "Where the route entered")
                       .otherwise("bgp"));
  fields.push_back(field<TestRoute>("neighbor", &TestRoute::learned_from,
                                    name_of(NameKind::Neighbor),
                                    "The neighbor that the route was learned from")
                       .otherwise("the neighbor of the test, on import"));
  fields.push_back(field<TestRoute>("interface", &TestRoute::interface,
                                    text("the name of an interface", 64),
                                    "The interface of a kernel route"));
  fields.push_back(field<TestRoute>("protocol", &TestRoute::protocol, kernel_protocol(),
                                    "The rtnetlink protocol of a kernel route")
                       .otherwise("none"));
  fields.push_back(field<TestRoute>("metric", &TestRoute::metric,
                                    number<std::uint32_t>(0, net::NumberRange::kHighest),
                                    "The metric of a kernel route"));
  fields.push_back(field<TestRoute>("type", &TestRoute::type,
                                    kernel_route_type<policy::KernelRouteType>(),
                                    "What a kernel route does with packets")
                       .otherwise("unicast"));
  fields.push_back(field<TestRoute>("gateway", &TestRoute::gateway, boolean(),
                                    "Whether a kernel route leads through a gateway")
                       .otherwise("false"));
  fields.push_back(field<TestRoute>("reachable", &TestRoute::reachable, boolean(),
                                    "Whether next hops are reachable")
                       .otherwise("true"));
  fields.push_back(field<TestRoute>("igp-metric", &TestRoute::igp_metric,
                                    number<std::uint32_t>(0, net::NumberRange::kHighest),
                                    "The IGP metric of next hops")
                       .otherwise("0"));
  add_attributes(fields, false);
  Type<TestRoute> type = section<TestRoute>("a mapping of a route", std::move(fields));
  type.write = [write = type.write](const TestRoute& route) {
    Value value = write(route);
    std::erase_if(*value.map(), [&](const auto& entry) {
      return (entry.first == "protocol" && route.protocol == 0) ||
             (entry.first == "metric" && route.metric == 0);
    });
    return value;
  };
  return type;
}

Type<TestExpectation> expectation_fields() {
  std::vector<Field<TestExpectation>> fields;
  fields.push_back(field<TestExpectation>("verdict", &TestExpectation::accepted,
                                          choice<bool>({{"accept", true}, {"reject", false}}),
                                          "Whether the route is accepted in the end"));
  add_attributes(fields, true);
  using Expected = TestExpectation;
  fields.push_back(field<Expected>("kernel-table", &Expected::kernel_table, routing_table(),
                                   "The table that kernel.export would write the route to"));
  fields.push_back(field<Expected>("kernel-metric", &Expected::kernel_metric, kernel_metric(),
                                   "The metric that it would write the route with"));
  fields.push_back(field<Expected>("kernel-preferred-source", &Expected::kernel_preferred_source,
                                   ip_address(), "The preferred source that it would write"));
  return section<TestExpectation>("a mapping of what is expected", std::move(fields));
}

}  // namespace

Type<std::vector<PolicyTest>> test_fields() {
  Type<PolicyTest> one = section<PolicyTest>(
      "a test: a mapping with route, policy or neighbor and direction, and expect",
      {field<PolicyTest>("name", &PolicyTest::name, text("a name", 255), "What it is about"),
       field<PolicyTest>("route", &PolicyTest::route, route_fields(), "The route").required(),
       field<PolicyTest>("policy", &PolicyTest::policy, one_or_list(name_of(NameKind::Policy)),
                         "The policy that it goes through, or a list of them"),
       field<PolicyTest>("neighbor", &PolicyTest::neighbor, name_of(NameKind::Neighbor),
                         "Or the neighbor whose policy it goes through"),
       field<PolicyTest>("direction", &PolicyTest::direction,
                         choice<TestDirection>({{"import", TestDirection::Import},
                                                {"export", TestDirection::Export},
                                                {"kernel-export", TestDirection::KernelExport}}),
                         "Which policy of the neighbor; kernel-export is about no neighbor, but "
                         "about the policy of kernel.export"),
       field<PolicyTest>("expect", &PolicyTest::expect, expectation_fields(),
                         "What becomes of it: the verdict, and attributes after policy, before "
                         "what every export does (own AS, next hop) is done")
           .required()});
  one.read = [read = one.read](Reader& reader, const Node& node, PolicyTest& test) {
    const std::size_t errors = reader.report().errors();
    read(reader, node, test);
    if (errors != reader.report().errors()) {
      return;
    }
    if (test.direction == TestDirection::KernelExport) {
      if (!test.policy.empty() || !test.neighbor.empty()) {
        reader.error(node.find("direction")->value->mark,
                     "\"kernel-export\" stands alone: the policy is that of kernel.export");
      }
    } else if (test.policy.empty() == test.neighbor.empty()) {
      reader.error(node.mark, "expected either \"policy\" or \"neighbor\" and \"direction\"");
    } else if (!test.neighbor.empty() && !test.direction) {
      reader.error(node.mark, "\"direction\" is missing here: import or export");
    }
  };
  Type<std::vector<PolicyTest>> type = list_of(std::move(one));
  type.write = [write = type.write](const std::vector<PolicyTest>& tests) {
    return tests.empty() ? Value() : write(tests);
  };
  return type;
}

}  // namespace pipit::config
