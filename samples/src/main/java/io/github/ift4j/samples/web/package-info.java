/**
 * A chatbot in the browser over Spring Boot: a page that streams answers, and a page that shows how the model learns from rated ones.
 * {@code ift web} starts it.
 */
package io.github.ift4j.samples.web;
