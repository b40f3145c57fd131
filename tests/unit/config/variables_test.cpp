// ${NAME} in values: what it becomes, what is refused, and that secrets stay secrets.
#include "config/variables.hpp"

#include <cstdlib>

#include <sys/utsname.h>

#include "config/load.hpp"
#include "config/print.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;

namespace {

/// A variable of the environment for as long as a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }

  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::string substituted(std::string_view text, bool secret = false) {
  const auto result = config::substitute(text, secret);
  return result ? *result : "refused: " + result.error();
}

std::string errors_of(std::string_view text) {
  const auto loaded = config::load_text(text, "test.yaml");
  return loaded ? "" : config::to_text(loaded.error());
}

}  // namespace

TEST_CASE("substitute: values, defaults, and the text that looks like a variable") {
  const Variable asn("PIPIT_TEST_ASN", "64512");
  const Variable empty("PIPIT_TEST_EMPTY", "");
  CHECK(substituted("${PIPIT_TEST_ASN}") == "64512");
  CHECK(substituted("as ${PIPIT_TEST_ASN}:${PIPIT_TEST_ASN}") == "as 64512:64512");
  CHECK(substituted("${PIPIT_TEST_ASN:-1}") == "64512");
  CHECK(substituted("${PIPIT_TEST_NONE:-1}") == "1");
  CHECK(substituted("${PIPIT_TEST_NONE:-}") == "");
  CHECK(substituted("${PIPIT_TEST_EMPTY:-1}") == "1");
  CHECK(substituted("${PIPIT_TEST_EMPTY}") == "");
  CHECK(substituted("$${PIPIT_TEST_ASN}") == "${PIPIT_TEST_ASN}");
  CHECK(substituted("^65001$ $x $$ {y}") == "^65001$ $x $$ {y}");
}

TEST_CASE("substitute: HOSTNAME is the host's name where no environment says another one") {
  utsname names{};
  REQUIRE(::uname(&names) == 0);
  ::unsetenv("HOSTNAME");
  CHECK(substituted("${HOSTNAME}") == names.nodename);
  const Variable other("HOSTNAME", "other");
  CHECK(substituted("${HOSTNAME}") == "other");
}

TEST_CASE("substitute: what is not there or not meant is refused") {
  CHECK(substituted("${PIPIT_TEST_NONE}").starts_with("refused: the variable PIPIT_TEST_NONE"));
  for (const char* text : {"${", "${}", "${1}", "${a-b}", "${a b}", "${A:?no}", "${A:-${B}}"}) {
    INFO(text);
    CHECK(substituted(text).starts_with("refused"));
  }
  const Variable secret("PIPIT_TEST_PASSWORD", "hush");
  CHECK(substituted("${PIPIT_TEST_PASSWORD}").starts_with("refused"));
  CHECK(substituted("${PIPIT_TEST_PASSWORD}", true) == "hush");
}

TEST_CASE("substitute: what comes out is bounded") {
  const Variable large("PIPIT_TEST_LARGE", std::string(60'000, 'x').c_str());
  CHECK(substituted("${PIPIT_TEST_LARGE}${PIPIT_TEST_LARGE}").starts_with("refused"));
  std::string text = "router: {asn: 64512}\nlisten: [";
  for (int i = 0; i < 200; ++i) {
    text += "\"${PIPIT_TEST_LARGE}\", ";
  }
  CHECK(errors_of(text + "]\n").find("variables stand for more than 4 MiB") != std::string::npos);
}

TEST_CASE(
    "load: a value out of the environment is read as if it stood there, and is only a value") {
  const Variable asn("PIPIT_TEST_ASN", "64999");
  const Variable down("PIPIT_TEST_DOWN", "true");
  const Variable text("PIPIT_TEST_TEXT", "a: [b]\nc: {d}");
  const auto loaded = config::load_text(R"(
router: {asn: "${PIPIT_TEST_ASN}"}
neighbors:
  n:
    address: ${PIPIT_TEST_ADDRESS:-192.0.2.1}
    asn: ${PIPIT_TEST_ASN}
    shutdown: "${PIPIT_TEST_DOWN}"
)",
                                        "test.yaml");
  INFO((loaded ? "" : config::to_text(loaded.error())));
  REQUIRE(loaded);
  CHECK(loaded->config.rib.asn == 64999);
  CHECK(loaded->config.neighbors[0].session.address.to_string() == "192.0.2.1");
  CHECK(loaded->config.neighbors[0].session.shutdown == "");
  CHECK(errors_of("router: {asn: \"${PIPIT_TEST_TEXT}\"}") ==
        "test.yaml:1:15: error: expected an AS number such as 64512 or 1.10, "
        "got \"a: [b]\\x0ac: {d}\" out of a variable\n"
        "    router: {asn: \"${PIPIT_TEST_TEXT}\"}\n"
        "                  ^\n");
}

TEST_CASE("load: a password out of the environment is never shown") {
  const Variable secret("PIPIT_TEST_SECRET", "hush\thush");
  const std::string begin =
      "router: {asn: 64512}\nneighbors:\n  n:\n    address: 192.0.2.1\n"
      "    asn: internal\n    ";
  const std::string said = errors_of(begin + "password: ${PIPIT_TEST_SECRET}\n");
  CHECK(said.find("expected a password") != std::string::npos);
  CHECK(said.find("hush") == std::string::npos);
  const std::string misplaced = errors_of(begin + "description: ${PIPIT_TEST_SECRET}\n");
  CHECK(misplaced.find("is a secret by its name") != std::string::npos);
  CHECK(misplaced.find("hush") == std::string::npos);
  const std::string named =
      errors_of(begin + "password: &p ${PIPIT_TEST_SECRET}\n" + "    description: *p\n");
  CHECK(named.find("is a secret by its name") != std::string::npos);

  ::setenv("PIPIT_TEST_SECRET", "hush", 1);
  const auto loaded = config::load_text(begin + "password: ${PIPIT_TEST_SECRET}\n", "test.yaml");
  REQUIRE(loaded);
  CHECK(loaded->config.neighbors[0].session.password == "hush");
  CHECK(config::to_yaml(loaded->config).find("hush") == std::string::npos);
  CHECK(config::to_json(loaded->config).find("hush") == std::string::npos);
}

TEST_CASE("load: what is printed is read again as the same text") {
  const auto loaded = config::load_text(R"(
router: {asn: 64512}
neighbors:
  n: {address: 192.0.2.1, asn: internal, description: "$${NAME} $$$${x} ${HOSTNAME:-x}"}
)",
                                        "test.yaml");
  REQUIRE(loaded);
  const std::string printed = config::to_yaml(loaded->config);
  const auto again = config::load_text(printed, "again.yaml");
  REQUIRE(again);
  CHECK(again->config.neighbors[0].description == loaded->config.neighbors[0].description);
  CHECK(loaded->config.neighbors[0].description.starts_with("${NAME} $$${x} "));
}
