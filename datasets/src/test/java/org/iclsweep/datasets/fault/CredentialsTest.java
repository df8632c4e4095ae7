package org.iclsweep.datasets.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    @ParameterizedTest
    @CsvSource({
        "s3a://AKIA:hush@bucket/a, s3a://***@bucket/a",
        "s3a://AKIA:hu/sh+x@bucket/a, s3a://***@bucket/a",
        "S3A://AKIA:hu/sh@bucket, S3A://***@bucket",
        "https://user:pw@host/x, https://***@host/x",
        "https://ghp_token@host/x, https://***@host/x",
        "hdfs://user:pw@name:8020/x, hdfs://***@name:8020/x",
        "abfss://container:pw@account/x, abfss://***@account/x",
        "wasbs://c@a/x?sv=1&sig=abc%3D&x=1, wasbs://c@a/x?sv=1&sig=***&x=1",
        "https://h/x?X-Amz-Credential=a&X-Amz-Signature=b, https://h/x?X-Amz-Credential=***&X-Amz-Signature=***",
        "tried s3a://a:b@c and s3a://d:e@f, tried s3a://***@c and s3a://***@f"
    })
    void credentialsAreRemovedFromText(String text, String shown) {
        assertThat(Credentials.removed(text)).isEqualTo(shown);
        assertThat(Credentials.isIn(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3a://bucket/a",
                "hdfs://name:8020/path/a@b:c",
                "abfss://container@account.dfs.core.windows.net/x",
                "file:///a/b@c",
                "models/a@b",
                "user@host:path",
                "s3a://bucket/x: found \"a@b:c\""
            })
    void whatIsNoCredentialStays(String text) {
        assertThat(Credentials.removed(text)).isEqualTo(text);
        assertThat(Credentials.isIn(text)).isFalse();
    }

    @Test
    void aFaultDoesNotRepeatThem() {
        Fault fault =
                new Fault(Place.of("--set sweep.output=s3a://k:hush@b"), "sweep.output", "found \"s3a://k:hush@b\"");
        assertThat(fault.toString()).doesNotContain("hush").contains("s3a://***@b");
        assertThat(fault.message()).doesNotContain("hush");
        assertThat(new InputException(List.of(fault))).hasMessageNotContaining("hush");
    }
}
