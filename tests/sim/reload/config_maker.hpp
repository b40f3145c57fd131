// Random configurations, and random changes of them: one for each key that a reload may have to do
// something about.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace pipit::sim {

/// Neighbors have names "n0" ... and addresses 10.9.0.1 ...; the first half are internal.
inline constexpr std::size_t kNeighborSlots = 6;
inline constexpr std::size_t kInternalSlots = 3;
inline constexpr const char* kOwnAddress = "10.9.0.254";

std::string neighbor_name(std::size_t slot);
std::string neighbor_address(std::size_t slot);
std::uint32_t neighbor_asn(std::size_t slot);  // of external ones

class ConfigMaker {
 public:
  explicit ConfigMaker(std::mt19937& random) : random_(random) {}

  nlohmann::json first();
  /// Changes one thing, and returns what, in a word or two.
  std::string change(nlohmann::json& config);

 private:
  using Json = nlohmann::json;

  std::size_t number(std::size_t most);

  bool chance(std::size_t one_in) { return number(one_in - 1) == 0; }

  Json one_of(const std::vector<Json>& values) { return values[number(values.size() - 1)]; }

  /// Sets a key to one of the values; null takes it out.
  std::string set(Json& section, const std::string& key, const std::vector<Json>& values);

  Json prefix_range();
  Json match(bool kernel);
  Json rules();
  Json kernel_rules();
  Json import_rules();
  Json policy_list();
  Json neighbor(std::size_t slot);
  Json families();
  Json limits();
  Json kernel_import();
  Json kernel_export();
  Json originate();

  std::string change_router(Json& config);
  std::string change_policy(Json& config);
  std::string change_neighbor(Json& config);
  std::string change_session(Json& neighbor);
  std::string change_kernel(Json& config);

  std::mt19937& random_;
};

}  // namespace pipit::sim
