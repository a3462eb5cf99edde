package io.github.ift4j.samples.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class RateLimitFilterTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RateLimitFilter filter = new RateLimitFilter(nanos::get);

    @Test
    void aClientThatAsksTooOftenWaitsAndOthersDoNot() throws Exception {
        for (int i = 0; i < RateLimitFilter.BURST; i++) {
            assertThat(status("10.0.0.1", "/api/chat")).isEqualTo(200);
        }

        assertThat(status("10.0.0.1", "/api/chat")).isEqualTo(429);
        assertThat(status("10.0.0.2", "/api/chat")).isEqualTo(200);
        nanos.addAndGet(1_000_000_000 / RateLimitFilter.PER_SECOND);
        assertThat(status("10.0.0.1", "/api/chat")).isEqualTo(200);
        assertThat(status("10.0.0.1", "/api/chat")).isEqualTo(429);
    }

    @Test
    void pagesAreNotCounted() throws Exception {
        for (int i = 0; i <= RateLimitFilter.BURST; i++) {
            assertThat(status("10.0.0.1", "/style.css")).isEqualTo(200);
        }
    }

    private int status(String client, String path) throws Exception {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", path);
        request.setRemoteAddr(client);
        MockHttpServletResponse response = new MockHttpServletResponse();
        filter.doFilter(request, response, new MockFilterChain());
        return response.getStatus();
    }
}
