#include "tests/sim/reload/config_maker.hpp"

#include <fmt/format.h>

namespace pipit::sim {

std::string neighbor_name(std::size_t slot) {
  return fmt::format("n{}", slot);
}

std::string neighbor_address(std::size_t slot) {
  return fmt::format("10.9.0.{}", slot + 1);
}

std::uint32_t neighbor_asn(std::size_t slot) {
  return static_cast<std::uint32_t>(65000 + slot);
}

std::size_t ConfigMaker::number(std::size_t most) {
  return std::uniform_int_distribution<std::size_t>(0, most)(random_);
}

nlohmann::json ConfigMaker::prefix_range() {
  return fmt::format("10.{}.{}.0/{} le 32", one_of({100, 100, 100, 70, 71}).get<int>(),
                     number(3) * 8, 21 + number(2));
}

nlohmann::json ConfigMaker::match(bool kernel) {
  switch (number(kernel ? 6 : 9)) {
    case 0:
    case 1:
      return {{"prefix", one_of({"s0", "s1"})}};
    case 2:
      return {{"prefix", prefix_range()}};
    case 3:
      return {{"communities", {{"any", one_of({"c0", "65000:1", "65000:2"})}}}};
    case 4:
      return {{"as-path", {{"length", one_of({"0-1", "2-9"})}}}};
    case 5:
      return {{"tag", number(2)}};
    case 6:
      return {{"next-hop", {{"reachable", true}}}};
    case 7:
      return {{"med", one_of({"0-1", "2-9"})}};
    case 8:
      return {{"neighbor", neighbor_name(number(kNeighborSlots - 1))}};
    default:
      return {{"peer-type", one_of({"internal", "external"})}};
  }
}

nlohmann::json ConfigMaker::rules() {
  Json made = Json::array();
  for (std::size_t count = number(2); count > 0; --count) {
    Json rule = {{"match", match(false)}};
    switch (number(8)) {
      case 0:
        rule["set"] = {{"local-preference", 90 + number(30)}};
        break;
      case 1:
        rule["set"] = {{"med", one_of({0, 5, "+3", "igp"})}};
        break;
      case 2:
        rule["set"] = {{"communities", {{"add", {"65000:3"}}}}};
        break;
      case 3:
        rule["set"] = {{"communities", {{"remove", {"65000:1"}}}}};
        break;
      case 4:
        rule["set"] = {{"as-path", {{"prepend", 1 + number(1)}}}};
        break;
      case 5:
        rule["set"] = {{"tag", number(2)}};
        break;
      case 6:
        rule["set"] = {{"weight", number(2)}};
        break;
      case 7:
        rule["set"] = {{"next-hop", one_of({"self", "unchanged"})}};
        break;
      default:
        break;
    }
    rule["then"] = one_of({"accept", "accept", "reject", "next-rule"});
    made.push_back(rule);
  }
  made.push_back({{"then", chance(4) ? "reject" : "accept"}});
  return made;
}

nlohmann::json ConfigMaker::kernel_rules() {
  Json made = Json::array();
  for (std::size_t count = number(2); count > 0; --count) {
    Json hints = Json::object();
    if (chance(2)) {
      hints["kernel-table"] = one_of({100, 101});
    }
    if (chance(2)) {
      hints["kernel-metric"] = one_of({50, 60});
    }
    if (chance(3)) {
      hints["kernel-preferred-source"] = kOwnAddress;
    }
    Json rule = {{"match", match(true)}, {"then", chance(4) ? "reject" : "accept"}};
    if (!hints.empty()) {
      rule["set"] = hints;
    }
    made.push_back(rule);
  }
  made.push_back({{"then", chance(6) ? "reject" : "accept"}});
  return made;
}

nlohmann::json ConfigMaker::import_rules() {
  Json made = Json::array();
  if (chance(2)) {
    made.push_back({{"match", {{"prefix", {prefix_range()}}}}, {"then", "reject"}});
  }
  made.push_back({{"set", {{"communities", {{"add", {fmt::format("65000:{}", number(3))}}}}}},
                  {"then", "accept"}});
  return made;
}

nlohmann::json ConfigMaker::policy_list() {
  return one_of({nullptr, "p0", "p1", "p2", "p3", Json{"p0", "p2"}, "accept", "reject"});
}

nlohmann::json ConfigMaker::limits() {
  return {{"limit", 1 + number(25)},
          {"action", one_of({"warn", "stop", "restart"})},
          {"restart-after", "90s"}};
}

nlohmann::json ConfigMaker::families() {
  Json made = Json::object();
  const std::size_t which = number(5);
  for (const char* family : {"ipv4-unicast", "ipv6-unicast"}) {
    const bool v6 = family == std::string("ipv6-unicast");
    if ((v6 && which < 2) || (!v6 && which == 5)) {
      continue;
    }
    made[family] = Json::object();
    if (chance(3)) {
      made[family]["max-prefixes"] = limits();
    }
  }
  return made;
}

nlohmann::json ConfigMaker::neighbor(std::size_t slot) {
  Json made = {{"address", neighbor_address(slot)}, {"timers", {{"hold", "0s"}}}};
  made["asn"] = slot < kInternalSlots ? Json("internal") : Json(neighbor_asn(slot));
  made["families"] = families();
  if (slot < kInternalSlots && chance(2)) {
    made["route-reflector-client"] = true;
  }
  for (const char* key : {"import", "export"}) {
    if (const Json list = policy_list(); !list.is_null()) {
      made[key] = list;
    }
  }
  return made;
}

nlohmann::json ConfigMaker::kernel_import() {
  Json rules = Json::array();
  for (std::size_t count = number(2); count > 0; --count) {
    Json rule = one_of({{{"protocol", "static"}},
                        {{"protocol", "boot"}},
                        {{"interface", "cali*"}},
                        {{"interface", "eth*"}, {"connected", true}}});
    if (chance(2)) {
      rule["policy"] = one_of({"i0", "i1", Json{"i0", "i1"}});
    }
    rules.push_back(rule);
  }
  return rules;
}

nlohmann::json ConfigMaker::kernel_export() {
  Json made = Json::object();
  if (chance(2)) {
    made["policy"] = one_of({"k0", "k1", "accept", Json{"k0", "k1"}});
  }
  if (chance(4)) {
    made["table"] = one_of({100, 102});
  }
  if (chance(4)) {
    made["metric"] = one_of({20, 40});
  }
  if (chance(6)) {
    made["protocol"] = one_of({77, 78});
  }
  if (chance(4)) {
    made["preferred-source"] = kOwnAddress;
  }
  return made;
}

nlohmann::json ConfigMaker::originate() {
  Json made = Json::array();
  for (std::size_t third = 0; third < 8; ++third) {
    if (!chance(3)) {
      continue;
    }
    Json route = {{"prefix", fmt::format("10.100.{}.0/24", third * 4)}};
    if (chance(2)) {
      route["med"] = number(3);
    }
    if (chance(3)) {
      route["communities"] = {fmt::format("65000:{}", number(3))};
    }
    if (chance(3)) {
      route["kernel"] = "blackhole";
    }
    made.push_back(route);
  }
  return made;
}

nlohmann::json ConfigMaker::first() {
  Json config;
  config["router"] = {{"asn", 65000}, {"id", "10.0.0.9"}, {"default-policy", "open"}};
  config["sets"] = {{"prefixes", {{"s0", {prefix_range()}}, {"s1", {prefix_range()}}}},
                    {"communities", {{"c0", {"65000:1"}}}}};
  for (std::size_t i = 0; i < 4; ++i) {
    config["policies"][fmt::format("p{}", i)] = rules();
  }
  for (std::size_t i = 0; i < 2; ++i) {
    config["policies"][fmt::format("k{}", i)] = kernel_rules();
    config["policies"][fmt::format("i{}", i)] = import_rules();
  }
  config["neighbors"] = Json::object();
  for (std::size_t slot = 0; slot < kNeighborSlots; ++slot) {
    if (!chance(6)) {
      config["neighbors"][neighbor_name(slot)] = neighbor(slot);
    }
  }
  config["kernel"] = {{"import", kernel_import()}};
  if (!chance(5)) {
    config["kernel"]["export"] = kernel_export();
  }
  config["originate"] = originate();
  return config;
}

}  // namespace pipit::sim
