"""The template: AWS CloudFormation for the function, its log, and the user that may call it."""

from __future__ import annotations

from typing import Final

from ioplugins.aws_lambda.packaging.platforms import Platform

#: The handler that a package has.
HANDLER: Final = "lambda_function.handler"

_TEMPLATE: Final = """\
# Made by `ioplugins lambda package`. Upload the zip to a bucket, then:
#   aws cloudformation deploy --template-file template.yaml --stack-name NAME \\
#     --capabilities CAPABILITY_IAM --parameter-overrides CodeBucket=BUCKET CodeKey=KEY{override}
AWSTemplateFormatVersion: "2010-09-09"
Description: Extension functions for integrator.io

Parameters:
  CodeBucket:
    Type: String
    Description: The S3 bucket that holds the zip, in this region
  CodeKey:
    Type: String
    Description: The key of the zip in it; a new key for each new zip
  MemorySize:
    Type: Number
    Default: 512
    MinValue: 128
    MaxValue: 10240
    Description: Megabytes; the processor grows with it
  Timeout:
    Type: Number
    Default: 315
    MinValue: 1
    MaxValue: 900
    Description: Seconds a call may take as a whole
  LogDays:
    Type: Number
    Default: 30
    AllowedValues: [1, 3, 5, 7, 14, 30, 60, 90, 180, 365]
    Description: How long log lines are kept
{parameters}
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      RetentionInDays: !Ref LogDays

  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: What the function itself may do, which is to write its log
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: log
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action:
                  - logs:CreateLogStream
                  - logs:PutLogEvents
                Resource: !GetAtt Log.Arn

  Function:
    Type: AWS::Lambda::Function
    Properties:
      Description: Extension functions for integrator.io
      Runtime: {runtime}
      Architectures: [{architecture}]
      Handler: {handler}
      MemorySize: !Ref MemorySize
      Timeout: !Ref Timeout
      Role: !GetAtt Role.Arn
      LoggingConfig:
        LogGroup: !Ref Log
      Code:
        S3Bucket: !Ref CodeBucket
        S3Key: !Ref CodeKey
{environment}
  Invoker:
    Type: AWS::IAM::User
    Properties:
      Policies:
        - PolicyName: invoke
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !GetAtt Function.Arn
{url}
Outputs:
  FunctionName:
    Description: For the integrator.io stack form
    Value: !Ref Function
  FunctionArn:
    Value: !GetAtt Function.Arn
  Region:
    Description: For the integrator.io stack form
    Value: !Ref AWS::Region
  InvokerUser:
    Description: Make an access key for this user and enter it in the integrator.io stack form
    Value: !Ref Invoker
{outputs}"""

_PARAMETERS: Final = """\
  SystemToken:
    Type: String
    NoEcho: true
    MinLength: 16
    Description: The system token of the integrator.io server stack
"""

_ENVIRONMENT: Final = """\
      Environment:
        Variables:
          INTEGRATOR_EXTENSION_SYSTEM_TOKEN: !Ref SystemToken
"""

_URL: Final = """
  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !Ref Function
      AuthType: NONE # the system token is asked for by the function itself

  UrlPermission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunctionUrl
      Principal: "*"
      FunctionUrlAuthType: NONE

  UrlInvokePermission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Function
      Action: lambda:InvokeFunction
      Principal: "*"
      InvokedViaFunctionUrl: true
"""

_OUTPUTS: Final = """\
  FunctionUrl:
    Description: For the form of an integrator.io server stack
    Value: !GetAtt Url.FunctionUrl
"""

_FORM: Final = """\
integrator.io: Resources > Stacks > Create stack
  Type               AWS Lambda
  AWS access key ID  } of an access key that you make for the user in the output InvokerUser:
  AWS secret key     } aws iam create-access-key --user-name USER
  AWS region         the output Region
  Function name      the output FunctionName
  Language           Other"""

_URL_FORM: Final = """

Or, as a server stack:
  Type               Server
  Host               the output FunctionUrl
  System token       integrator.io shows it; deploy the template again with it as SystemToken"""


def template(platform: Platform, *, http: bool = False) -> str:
    """The CloudFormation template of a package, YAML.

    Args:
        platform: Where the package runs.
        http: Whether it gets a function URL, for an integrator.io server stack.
    """
    return _TEMPLATE.format(
        override=" SystemToken=TOKEN" if http else "",
        parameters=_PARAMETERS if http else "",
        runtime=platform.runtime,
        architecture=platform.architecture,
        handler=HANDLER,
        environment=_ENVIRONMENT if http else "",
        url=_URL if http else "",
        outputs=_OUTPUTS if http else "",
    )


def stack_form(*, http: bool = False) -> str:
    """What to enter in the form of an integrator.io stack, once the template is deployed."""
    return _FORM + (_URL_FORM if http else "")
