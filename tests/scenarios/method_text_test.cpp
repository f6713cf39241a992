#include "scenarios/method_text.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "scenarios/delivery_table.h"

namespace netcvr {
namespace {

std::string delivery_of(std::string_view method, std::size_t learner = 0) {
    return delivery_table(find_method(method).learners.at(learner));
}

/// methods/spec.md, section 3.
TEST(DeliveryTable, is_that_of_the_specification) {
    EXPECT_EQ(delivery_of("fnw"),
              "    T0                    0@c\n"
              "    A0 A1 A2 B0 B1 B2     0@c, 1@v\n");
    EXPECT_EQ(delivery_of("es-dfm"),
              "    T0                    0@c+w_c\n"
              "    A0 A1 A2              1@c+w_c\n"
              "    B0 B1 B2              0@c+w_c, 1@v\n");
    EXPECT_EQ(delivery_of("es-dfm", 1),
              "    T0                    –\n"
              "    A0 B0                 0@v+w_r\n"
              "    A1 B1                 1@t_r\n"
              "    A2 B2                 0@v+w_r, 1@t_r\n");
    const Learner& towers = find_method("tesla").learners.at(0);
    EXPECT_EQ(delivery_table(towers, 0), delivery_of("es-dfm"));
    EXPECT_EQ(delivery_table(towers, 1), delivery_of("es-dfm", 1));
    EXPECT_EQ(delivery_of("ddfm"),
              "    T0                    0@c+w_c, 0@c+W_A\n"
              "    A0 A1 A2              1@c+w_c\n"
              "    B0 B1 B2              0@c+w_c, 1@v\n");
    EXPECT_EQ(delivery_of("direct-event"),
              "    T0                    0@c\n"
              "    A0 B0                 0@c, 1@v\n"
              "    A1 A2 B1 B2           0@c, 1@v, 0@t_r\n");
    EXPECT_EQ(delivery_of("three-delivery"),
              "    T0                    0@c+w_c, 0@c+W_A, 0@c+W_A+W_R\n"
              "    A0                    1@v+w_r, 1@v+w_r, 1@v+W_R\n"
              "    A1                    0@t_r, 0@t_r, 0@t_r\n"
              "    A2                    1@v+w_r, 1@v+w_r, 0@t_r\n"
              "    B0                    0@c+w_c, 1@v, 1@v+W_R\n"
              "    B1 B2                 0@c+w_c, 1@v, 0@t_r\n");
}

TEST(DeliveryTable, tells_cases_apart_where_a_rule_asks_when_an_event_came) {
    EXPECT_EQ(delivery_of("vanilla-segment"),
              "    T0                    0@segment end\n"
              "    A0 A1 A2              1@segment end\n"
              "    B0 B1 B2              1@segment end   if v < segment end\n"
              "    B0 B1 B2              0@segment end   if v ≥ segment end\n");
    EXPECT_EQ(
        delivery_of("fsiw"),
        "    T0                    0@c+W_A/512, 0@c+W_A/64, 0@c+W_A/8, 0@c+W_A\n"
        "    A0 A1 A2              1@c+W_A/512, 1@c+W_A/64, 1@c+W_A/8, 1@c+W_A   if v ≤ c+W_A/512\n"
        "    A0 A1 A2              0@c+W_A/512, 1@c+W_A/64, 1@c+W_A/8, 1@c+W_A   if v > c+W_A/512\n"
        "    B0 B1 B2              0@c+W_A/512, 1@c+W_A/64, 1@c+W_A/8, 1@c+W_A   if v ≤ c+W_A/64\n"
        "    B0 B1 B2              0@c+W_A/512, 0@c+W_A/64, 1@c+W_A/8, 1@c+W_A   if c+W_A/64 < v ≤ c+W_A/8\n"
        "    B0 B1 B2              0@c+W_A/512, 0@c+W_A/64, 0@c+W_A/8, 1@c+W_A   if v > c+W_A/8\n");
}

TEST(DeliveryTable, names_every_moment_of_every_method) {
    std::vector<const Method*> all;
    for (const Method& method : methods()) {
        all.push_back(&method);
        for (const char* modifier : {":refund=R1", ":refund=R1-corrected", ":refund=R2", ":value=ziln"})
            if (const Method* other = known_method(std::string(method.name) + modifier)) all.push_back(other);
    }
    EXPECT_GT(all.size(), 2 * methods().size());
    for (const Method* method : all)
        for (const Learner& learner : method->learners)
            for (std::size_t tower = 0; learner.delivery && tower < learner.stages().size(); ++tower) {
                const std::string table = delivery_table(learner, tower);
                for (std::size_t at = table.find("c+"); at != std::string::npos;
                     at = table.find("c+", at + 1))
                    EXPECT_FALSE(std::isdigit(static_cast<unsigned char>(table[at + 2])))
                        << method->name << table;
            }
}

TEST(MethodText, tells_of_a_correction_what_it_does_what_it_needs_and_when_it_is_biased) {
    for (const std::string name : {"platt", "isotonic", "shrinkage"}) {
        const std::string text = method_text(find_method("es-dfm:" + name + "=refund"));
        EXPECT_EQ(text.rfind("es-dfm:" + name + "=refund: ES-DFM: ", 0), 0U) << text;
        for (const char* part : {"Judged: the method's own predictions", "Needs ", "Biased "})
            EXPECT_NE(text.find(part), std::string::npos) << name << ": " << part;
    }
}

TEST(MethodText, speaks_of_refunds_in_their_own_letter_and_of_value_heads_by_their_name) {
    const auto says = [](const char* method, const char* what) {
        return method_text(find_method(method)).find(what) != std::string::npos;
    };
    const char* const note = "of refunds p is r";
    EXPECT_TRUE(says("es-dfm", "cvr settles at p\n    refund_rate settles at r\n"));
    EXPECT_FALSE(says("es-dfm", note));
    EXPECT_TRUE(says("vanilla", note));
    EXPECT_FALSE(says("es-dfm", "value head"));
    EXPECT_TRUE(says("es-dfm:value=ziln", "Copies of the conversion tower,"));
    EXPECT_TRUE(says("es-dfm:value=ziln", "Copies of the conversion value head,"));
    EXPECT_TRUE(says("es-dfm:value=ziln", "Copies of the refund value head,"));
}

TEST(MethodsTable, stands_in_the_readme) {
    std::ifstream file(SOURCE_DIR "/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    EXPECT_NE(readme.find(methods_table()), std::string::npos)
        << "paste the table of `netcvr list methods`:\n"
        << methods_table();
}

}  // namespace
}  // namespace netcvr
