// ConfigMaker: what it changes.
#include <fmt/format.h>

#include "tests/sim/reload/config_maker.hpp"

namespace pipit::sim {

std::string ConfigMaker::set(Json& section,
                             const std::string& key,
                             const std::vector<Json>& values) {
  const Json value = one_of(values);
  if (value.is_null()) {
    section.erase(key);
  } else {
    section[key] = value;
  }
  return key + ' ' + value.dump();
}

std::string ConfigMaker::change(Json& config) {
  switch (number(11)) {
    case 0:
    case 1:
      return change_router(config);
    case 2:
    case 3:
    case 4:
      return change_policy(config);
    case 5:
    case 6:
      return change_kernel(config);
    case 7:
      config["originate"] = originate();
      return "originate";
    case 8: {
      const std::size_t slot = number(kNeighborSlots - 1);
      const std::string name = neighbor_name(slot);
      if (config["neighbors"].erase(name) == 0) {
        config["neighbors"][name] = neighbor(slot);
      }
      return "come or go " + name;
    }
    default:
      return change_neighbor(config);
  }
}

std::string ConfigMaker::change_router(Json& config) {
  Json& router = config["router"];
  switch (number(13)) {
    case 0:
      return set(router, "id", {"10.0.0.9", "10.0.0.8", "10.9.0.1"});
    case 1:
      return set(router, "asn", {65000, 65000, 65010});
    case 2:
      return set(router, "cluster-id", {nullptr, "1.2.3.4", "10.0.0.9"});
    case 3:
      return set(router, "default-policy", {"open", "rfc8212"});
    case 4:
      return set(router, "graceful-shutdown", {true, false});
    case 5:
    case 6:
      return set(router["multipath"], one_of({"ebgp", "ibgp"}).get<std::string>(), {1, 2, 4});
    case 7:
      return set(router["next-hops"], "via-default", {true, false});
    case 8:
      return set(router["next-hops"], "unresolved", {"use", "exclude"});
    case 9:
      return set(router, "hostname", {"one", "two"});
    case 10:
      return set(config, "listen", {Json{"0.0.0.0:179"}, Json::array()});
    default: {
      const std::vector<Json> keys{"always-compare-med", "deterministic-med", "compare-router-id",
                                   "ignore-as-path", "multipath-relax"};
      return set(router["best-path"], one_of(keys).get<std::string>(), {true, false});
    }
  }
}

std::string ConfigMaker::change_policy(Json& config) {
  Json& policies = config["policies"];
  switch (number(5)) {
    case 0:
      config["sets"]["prefixes"][fmt::format("s{}", number(1))] = {prefix_range()};
      return "a prefix set";
    case 1:
      config["sets"]["communities"]["c0"] = {fmt::format("65000:{}", number(3))};
      return "a set of communities";
    case 2: {
      const std::string name = fmt::format("k{}", number(1));
      policies[name] = kernel_rules();
      return name;
    }
    case 3: {
      const std::string name = fmt::format("i{}", number(1));
      policies[name] = import_rules();
      return name;
    }
    default: {
      const std::string name = fmt::format("p{}", number(3));
      policies[name] = rules();
      return name;
    }
  }
}

std::string ConfigMaker::change_neighbor(Json& config) {
  Json& neighbors = config["neighbors"];
  const std::size_t slot = number(kNeighborSlots - 1);
  const std::string name = neighbor_name(slot);
  if (!neighbors.contains(name)) {
    neighbors[name] = neighbor(slot);
    return name;
  }
  Json& one = neighbors[name];
  const std::string on = name + ' ';
  switch (number(13)) {
    case 0:
    case 1:
      return on + set(one, "import", {policy_list()});
    case 2:
    case 3:
      return on + set(one, "export", {policy_list()});
    case 4:
      return on + set(one, "shutdown", {true, false, "for now", nullptr});
    case 5:
    case 6:
      one["families"] = families();
      return on + "families";
    case 7:
      return on + set(one, "route-reflector-client", {true, false});
    case 8:
      return on + set(one, "cluster-id", {nullptr, "1.2.3.4"});
    case 9:
      return on + set(one, "next-hop-self", {false, true, "always", "unchanged"});
    case 10:
      return on + set(one, "allow-own-as", {0, 1});
    case 11:
      return on + set(one, one_of({"graceful-shutdown", "blackhole"}), {true, false});
    default:
      return on + change_session(one);
  }
}

std::string ConfigMaker::change_session(Json& neighbor) {
  switch (number(8)) {
    case 0:
      return set(neighbor, "password", {nullptr, "one", "two"});
    case 1:
      return set(neighbor, "ttl-security", {nullptr, 1, 2});
    case 2:
      return set(neighbor, "local-address", {nullptr, kOwnAddress, "10.9.0.253"});
    case 3:
      return set(neighbor, "asn", {"internal", "external", 65003, 65004, 65005});
    case 4:
      return set(neighbor, "multihop", {nullptr, 1, 3});
    case 5:
      return set(neighbor, "port", {179, 1179});
    case 6:
      return set(neighbor, "description", {"one", "two"});
    case 7:
      return set(neighbor["timers"], "connect-retry", {"30s", "40s"});
    default:
      return set(neighbor, "address", {neighbor["address"], "10.9.0.99"});
  }
}

std::string ConfigMaker::change_kernel(Json& config) {
  Json& kernel = config["kernel"];
  switch (number(4)) {
    case 0:
      kernel["import"] = kernel_import();
      return "kernel.import";
    case 1:
      if (kernel.erase("export") == 0) {
        kernel["export"] = kernel_export();
      }
      return "kernel.export";
    case 2:
      if (kernel.contains("export")) {
        return set(kernel["export"], "metric", {nullptr, 20, 40});
      }
      [[fallthrough]];
    default:
      kernel["export"] = kernel_export();
      return "kernel.export";
  }
}

}  // namespace pipit::sim
