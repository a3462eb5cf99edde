/**
 * Spring Boot: with {@code langchain4j.ift.model-path} set, an application has one engine and the models over it as beans, a health
 * indicator where Spring's actuator is there, and meters where Micrometer is. Nothing outside this package uses Spring or Micrometer.
 */
package io.github.ift4j.langchain4j.spring;
