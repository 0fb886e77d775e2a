module gotencentcloud

go 1.18

require github.com/tencentcloud/tencentcloud-sdk-go v1.0.162
